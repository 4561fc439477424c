"""What ties the parts together: settings, addresses, commands, reactions; nothing imports it."""
