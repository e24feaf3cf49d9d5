-- The tables, views and triggers of format rogatory-log-1, as that program wrote them.
CREATE TABLE migrations(name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE entries(idx INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE nodes(pos INTEGER PRIMARY KEY, hash BLOB NOT NULL) STRICT;
CREATE TABLE checkpoints(
  size INTEGER PRIMARY KEY, root BLOB NOT NULL, note TEXT NOT NULL, time INTEGER NOT NULL
) STRICT;
CREATE TABLE cosignatures(
  size INTEGER NOT NULL, vkey TEXT NOT NULL, line TEXT NOT NULL, time INTEGER NOT NULL,
  PRIMARY KEY(size, vkey)
) STRICT, WITHOUT ROWID;
CREATE TABLE personal(
  idx INTEGER NOT NULL, field TEXT NOT NULL, salt BLOB NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY(idx, field)
) STRICT, WITHOUT ROWID;
CREATE TABLE transfers(
  transfer TEXT NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY(transfer, idx)
) STRICT, WITHOUT ROWID;
CREATE TABLE peer_checkpoints(
  origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL,
  time INTEGER NOT NULL, PRIMARY KEY(origin, size)
) STRICT, WITHOUT ROWID;
CREATE TABLE forks(
  id INTEGER PRIMARY KEY, origin TEXT NOT NULL, size INTEGER NOT NULL, held TEXT NOT NULL,
  shown TEXT NOT NULL, proof TEXT NOT NULL, time INTEGER NOT NULL, UNIQUE(origin, shown)
) STRICT;
CREATE VIEW entry_view AS SELECT idx, json_extract(body, '$.event') AS "event", json_extract(body, '$.time') AS "time", json_extract(body, '$.node') AS "node", json_extract(body, '$.peer') AS "peer", json_extract(body, '$.transfer') AS "transfer", json_extract(body, '$.bundle') AS "bundle", json_extract(body, '$.ciphertext') AS "ciphertext", json_extract(body, '$.bytes') AS "bytes", json_extract(body, '$.seal') AS "seal", json_extract(body, '$.view') AS "view", json_extract(body, '$.kind') AS "kind", json_extract(body, '$.receipt') AS "receipt", json_extract(body, '$.outcome') AS "outcome", json_extract(body, '$.code') AS "code", json_extract(body, '$.case') AS "case", json_extract(body, '$.role') AS "role", json_extract(body, '$.basis') AS "basis", json_extract(body, '$.software') AS "software", body FROM entries;
CREATE VIEW transfer_life AS
  SELECT transfers.transfer AS transfer, idx,
    json_extract(body, '$.event') AS "event", json_extract(body, '$.time') AS "time", json_extract(body, '$.node') AS "node", json_extract(body, '$.peer') AS "peer", json_extract(body, '$.bundle') AS "bundle", json_extract(body, '$.ciphertext') AS "ciphertext", json_extract(body, '$.bytes') AS "bytes", json_extract(body, '$.seal') AS "seal", json_extract(body, '$.view') AS "view", json_extract(body, '$.kind') AS "kind", json_extract(body, '$.receipt') AS "receipt", json_extract(body, '$.outcome') AS "outcome", json_extract(body, '$.code') AS "code", json_extract(body, '$.case') AS "case", json_extract(body, '$.role') AS "role", json_extract(body, '$.basis') AS "basis", json_extract(body, '$.software') AS "software"
  FROM transfers JOIN entries USING(idx);
CREATE VIEW transfer_summary AS
  SELECT transfer, max(peer) AS peer,
    CASE WHEN sum(event = 'send') > 0 THEN 'out' WHEN sum(event = 'receive') > 0 THEN 'in' END
      AS direction,
    max(bundle) AS bundle, max(bytes) AS bytes, min(time) AS first, max(time) AS last,
    max(CASE WHEN kind = 'RELAY_ACCEPTANCE' THEN time END) AS relayed,
    max(CASE WHEN kind = 'DELIVERY' THEN time END) AS delivered,
    max(CASE WHEN kind = 'RETRIEVAL' THEN time END) AS retrieved, count(*) AS entries
  FROM transfer_life GROUP BY transfer;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries
  BEGIN SELECT RAISE(ABORT, 'entries only grows'); END;
CREATE TRIGGER nodes_no_update BEFORE UPDATE ON nodes
  BEGIN SELECT RAISE(ABORT, 'nodes only grows'); END;
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints
  BEGIN SELECT RAISE(ABORT, 'checkpoints only grows'); END;
CREATE TRIGGER cosignatures_no_update BEFORE UPDATE ON cosignatures
  BEGIN SELECT RAISE(ABORT, 'cosignatures only grows'); END;
CREATE TRIGGER transfers_no_update BEFORE UPDATE ON transfers
  BEGIN SELECT RAISE(ABORT, 'transfers only grows'); END;
CREATE TRIGGER meta_no_update BEFORE UPDATE ON meta
  BEGIN SELECT RAISE(ABORT, 'meta only grows'); END;
CREATE TRIGGER forks_no_update BEFORE UPDATE ON forks
  BEGIN SELECT RAISE(ABORT, 'forks only grows'); END;
CREATE TRIGGER personal_no_update BEFORE UPDATE ON personal
  BEGIN SELECT RAISE(ABORT, 'personal only grows'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries
  BEGIN SELECT RAISE(ABORT, 'entries only grows'); END;
CREATE TRIGGER nodes_no_delete BEFORE DELETE ON nodes
  BEGIN SELECT RAISE(ABORT, 'nodes only grows'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints
  BEGIN SELECT RAISE(ABORT, 'checkpoints only grows'); END;
CREATE TRIGGER cosignatures_no_delete BEFORE DELETE ON cosignatures
  BEGIN SELECT RAISE(ABORT, 'cosignatures only grows'); END;
CREATE TRIGGER transfers_no_delete BEFORE DELETE ON transfers
  BEGIN SELECT RAISE(ABORT, 'transfers only grows'); END;
CREATE TRIGGER meta_no_delete BEFORE DELETE ON meta
  BEGIN SELECT RAISE(ABORT, 'meta only grows'); END;
CREATE TRIGGER forks_no_delete BEFORE DELETE ON forks
  BEGIN SELECT RAISE(ABORT, 'forks only grows'); END;
CREATE TRIGGER entries_no_gap BEFORE INSERT ON entries
  WHEN NEW.idx IS NOT (SELECT coalesce(max(idx), -1) + 1 FROM entries)
  BEGIN SELECT RAISE(ABORT, 'entries has no gaps'); END;
CREATE TRIGGER nodes_no_gap BEFORE INSERT ON nodes
  WHEN NEW.pos IS NOT (SELECT coalesce(max(pos), -1) + 1 FROM nodes)
  BEGIN SELECT RAISE(ABORT, 'nodes has no gaps'); END;
CREATE TRIGGER checkpoints_grow BEFORE INSERT ON checkpoints
  WHEN NEW.size IS NOT (SELECT coalesce(max(idx), -1) + 1 FROM entries)
    OR NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoints)
  BEGIN SELECT RAISE(ABORT, 'a checkpoint is of all entries'); END;
