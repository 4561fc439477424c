"""Personal information: the catalogue of fields, notices, consents, and what may be shown of a value (个人信息)."""
