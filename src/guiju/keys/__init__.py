"""Data keys of the companies, wrapped under the master key (密钥): the lowest part that knows a table of them."""
