"""A key under which nothing lies any more may be destroyed; the one in force never."""

from django.db import migrations

from guiju.database.policies import role

SQL = f"""
SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';
CREATE FUNCTION keys_keep_current() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.retired_at IS NULL THEN
        RAISE EXCEPTION '在用的密钥不能销毁' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER keep_current BEFORE DELETE ON keys_datakey FOR EACH ROW EXECUTE FUNCTION keys_keep_current();
GRANT DELETE ON keys_datakey TO {role("app")};
"""


class Migration(migrations.Migration):
    dependencies = [("keys", "0002_who_sees_what")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
