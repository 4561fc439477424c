"""The ciphertext of a version may change from an earlier key of its company to the present one, and in no other way.

What the log commits to stays; whether it still opens to the same is what the verification looks at. What
lay there is compared, so that what an erasure takes out meanwhile doesn't come back.
"""

from django.db import migrations

from guiju.database.policies import role

SQL = f"""
SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';
CREATE FUNCTION evidence_goes_to_present_key(company uuid, before bytea, after bytea) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
            SELECT FROM keys_datakey WHERE entity_id = company AND use = 'values' AND retired_at IS NOT NULL
            AND substring(int8send(number) FROM 5) = substring(before FROM 3 FOR 4)
        ) AND EXISTS (
            SELECT FROM keys_datakey WHERE entity_id = company AND use = 'values' AND retired_at IS NULL
            AND substring(int8send(number) FROM 5) = substring(after FROM 3 FOR 4)
        )
$$;
CREATE OR REPLACE FUNCTION evidence_refuse_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
        AND (NEW.id, NEW.entity_id, NEW.entry_id, NEW.position, NEW.subject_type, NEW.subject_id, NEW.number,
             NEW.schema, NEW.digests)
        IS NOT DISTINCT FROM
            (OLD.id, OLD.entity_id, OLD.entry_id, OLD.position, OLD.subject_type, OLD.subject_id, OLD.number,
             OLD.schema, OLD.digests)
        AND (EXISTS (SELECT FROM evidence_erased e WHERE e.revision_id = OLD.id)
             OR evidence_goes_to_present_key(OLD.entity_id, OLD.sealed, NEW.sealed))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '存证日志只增不改：% 不允许 %', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE FUNCTION evidence_reseal(revisions uuid[], befores bytea[], afters bytea[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH done AS (
        UPDATE evidence_revision r SET sealed = w.after
        FROM unnest(revisions, befores, afters) AS w (id, before, after)
        WHERE r.id = w.id AND r.sealed = w.before
        RETURNING 1
    )
    SELECT count(*) FROM done;
$$;
REVOKE ALL ON FUNCTION evidence_reseal(uuid[], bytea[], bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION evidence_reseal(uuid[], bytea[], bytea[]) TO {role("app")};
"""


class Migration(migrations.Migration):
    dependencies = [("evidence", "0006_keys_checked_once"), ("keys", "0003_retired_keys_go")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
