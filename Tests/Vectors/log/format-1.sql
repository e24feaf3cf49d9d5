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
INSERT INTO migrations VALUES('rogatory-log-1');
INSERT INTO meta VALUES('cosigner', 'pt-ipcu.rogatory.example/witness+97f1f0c6+BP0XJDhaoMdbZPt4zWAvodmR/ev3axPFjtcC6sg16fYY');
INSERT INTO meta VALUES('format', 'rogatory-log-1');
INSERT INTO meta VALUES('node', 'pt-ipcu');
INSERT INTO meta VALUES('origin', 'pt-ipcu.rogatory.example/log');
INSERT INTO meta VALUES('vkey', 'pt-ipcu.rogatory.example/log+5b4edf66+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c');
INSERT INTO checkpoints VALUES(0, x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'pt-ipcu.rogatory.example/log
0
47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=

— pt-ipcu.rogatory.example/log W07fZhdlybnTi0dL98Tg9Lrc7Hr9bTPlWWdva1foTECRQF5eKYZEBEz3OijiWMs3sEjS/ALfUl+RjH0FvG/g+oxGGgc=
', 1760000000000);
INSERT INTO entries VALUES(0, '{"event":"seal","node":"pt-ipcu","nonce":"1f627d2f1cf4d27f0c7ee0c72d68b99c","peer":"fi-cust","personal.reason":"MXNq5DPGHdZqS/0zBFT0TtwDDDnmKiZHhghn8U8U1jo=","software":"0.0.9","time":"2025-10-09T08:53:20.000Z","transfer":"0192f0c1-7b7a-7000-8000-000000000000"}');
INSERT INTO nodes VALUES(0, x'1bf0375911e12787780e8f6275e82c5db6c104ca6dc33c2b781227b2ee4b1551');
INSERT INTO transfers VALUES('0192f0c1-7b7a-7000-8000-000000000000', 0);
INSERT INTO personal VALUES(0, 'reason', x'5da1af2bed4c70944d5fe6a055f1256d30545f0eea1f4c59cfa8ab1c7150e94b', 'person 0');
INSERT INTO entries VALUES(1, '{"event":"send","node":"pt-ipcu","nonce":"1f4f18fb187434dbf293196b0675305f","peer":"fi-cust","software":"0.0.9","time":"2025-10-09T08:53:20.001Z","transfer":"0192f0c1-7b7a-7000-8000-000000000000"}');
INSERT INTO nodes VALUES(1, x'59a7bb6cc923c5753aeae61c9a27ba6454b3f5d4b9c00ab3f913ceeeec70fcd0');
INSERT INTO nodes VALUES(2, x'8f9b449a40fab0f289946ee39ef4939189860f6a3283415406898907e997f918');
INSERT INTO transfers VALUES('0192f0c1-7b7a-7000-8000-000000000000', 1);
INSERT INTO entries VALUES(2, '{"event":"seal","node":"pt-ipcu","nonce":"4325887fcc120f29fb1e352b4ef3a5b8","peer":"fi-cust","software":"0.0.9","time":"2025-10-09T08:53:20.002Z","transfer":"0192f0c1-7b7a-7000-8000-000000000001"}');
INSERT INTO nodes VALUES(3, x'c7efd23f295f639dcf0096186adea040451af3aff5f99949200426662c407089');
INSERT INTO transfers VALUES('0192f0c1-7b7a-7000-8000-000000000001', 2);
INSERT INTO entries VALUES(3, '{"event":"send","node":"pt-ipcu","nonce":"eb09a375973996c283af9be1c06c5419","peer":"fi-cust","software":"0.0.9","time":"2025-10-09T08:53:20.003Z","transfer":"0192f0c1-7b7a-7000-8000-000000000001"}');
INSERT INTO nodes VALUES(4, x'0ca29f31d22385fb883487a6448c0342c82f900f34e0db6297475801b9d51342');
INSERT INTO nodes VALUES(5, x'81e5792ec56ea4239c31ee6591376d1b47baa31db0d81599c455d2565c4ae13b');
INSERT INTO nodes VALUES(6, x'd33ad9c3327a618523592b2c4552ea9a76cd09f67f940a854ac7c3b61b9224b0');
INSERT INTO transfers VALUES('0192f0c1-7b7a-7000-8000-000000000001', 3);
INSERT INTO entries VALUES(4, '{"event":"seal","node":"pt-ipcu","nonce":"055f03f350d89729f5d8ef2556a6613f","peer":"fi-cust","software":"0.0.9","time":"2025-10-09T08:53:20.004Z","transfer":"0192f0c1-7b7a-7000-8000-000000000002"}');
INSERT INTO nodes VALUES(7, x'7ff9086dba7b8caa94dc34d09d82cba6abb87c2b85fe27e0fd676ba93bd9ea2f');
INSERT INTO transfers VALUES('0192f0c1-7b7a-7000-8000-000000000002', 4);
INSERT INTO entries VALUES(5, '{"event":"send","node":"pt-ipcu","nonce":"d74b19172d894ff6e7010eb542320ed1","peer":"fi-cust","personal.reason":"gY8b4OoQmY48mrsoXiQxx4urjGxfj1PWb1gdAFxRdho=","software":"0.0.9","time":"2025-10-09T08:53:20.005Z","transfer":"0192f0c1-7b7a-7000-8000-000000000002"}');
INSERT INTO nodes VALUES(8, x'84d00c258f5343ac95a3234c661850294496b54e5eaf966049d68e4faa447306');
INSERT INTO nodes VALUES(9, x'828f0cade4ecfaa2c11c4b8c465108e88d02e4a8b58c512e6c37df09a5162e6c');
INSERT INTO transfers VALUES('0192f0c1-7b7a-7000-8000-000000000002', 5);
INSERT INTO personal VALUES(5, 'reason', x'f00ff7284f3a02b983a5b9c27398ea9f53e10bc03f56280296ec0fa00eac1d57', 'person 5');
INSERT INTO entries VALUES(6, '{"event":"seal","node":"pt-ipcu","nonce":"e499814e9d2a994c47ef26d4344bcfb0","peer":"fi-cust","software":"0.0.9","time":"2025-10-09T08:53:20.006Z","transfer":"0192f0c1-7b7a-7000-8000-000000000003"}');
INSERT INTO nodes VALUES(10, x'6df3551539d5874cecd3de6d049d757e3d1ebb70a22e25f2fb3d9ab78c832a27');
INSERT INTO transfers VALUES('0192f0c1-7b7a-7000-8000-000000000003', 6);
INSERT INTO checkpoints VALUES(7, x'b2518b2b0e18c3d8c318bbece3083e8bc814d5cd1385b504de294507d3153c79', 'pt-ipcu.rogatory.example/log
7
slGLKw4Yw9jDGLvs4wg+i8gU1c0ThbUE3ilFB9MVPHk=

— pt-ipcu.rogatory.example/log W07fZmCipoVdLn3EDJY1YHV//ZK4o+6n9NOh+hk5jGNVnd+W4M3PvlXhxEjWiQOx5okz8Csq5AbXUX6/3EkKXaVkqA4=
', 1760000000007);
INSERT INTO entries VALUES(7, '{"event":"send","node":"pt-ipcu","nonce":"acf6118b758f8186258e1c6ac7a9b0a5","peer":"fi-cust","software":"0.0.9","time":"2025-10-09T08:53:20.007Z","transfer":"0192f0c1-7b7a-7000-8000-000000000003"}');
INSERT INTO nodes VALUES(11, x'989c582ef3ef73dd6ebd75b72175fdc8e9743fe9b739529090627329b02c71b7');
INSERT INTO nodes VALUES(12, x'b77abda892a0ae80005f00926e301366719a1ef7ae8ed1025345cc1c8f2fa3de');
INSERT INTO nodes VALUES(13, x'6dc865d0755309f45db28136134b1cb69fa37e85cc13e476b8f8f34538d5aca3');
INSERT INTO nodes VALUES(14, x'5e35fe74037551c83610c1c82400d2f6f5559bc9c54f67074767980f0c57ebaa');
INSERT INTO transfers VALUES('0192f0c1-7b7a-7000-8000-000000000003', 7);
INSERT INTO entries VALUES(8, '{"event":"seal","node":"pt-ipcu","nonce":"c8c63136ae8d1304ec4f1a05ac3aea40","peer":"fi-cust","software":"0.0.9","time":"2025-10-09T08:53:20.008Z","transfer":"0192f0c1-7b7a-7000-8000-000000000004"}');
INSERT INTO nodes VALUES(15, x'0a1383d059dfb0169f6a6caf786f37fa31708f8528e57f17d28fbaca04923893');
INSERT INTO transfers VALUES('0192f0c1-7b7a-7000-8000-000000000004', 8);
INSERT INTO entries VALUES(9, '{"event":"send","node":"pt-ipcu","nonce":"8e230c075f0eef0a063a349cca4e599d","peer":"fi-cust","software":"0.0.9","time":"2025-10-09T08:53:20.009Z","transfer":"0192f0c1-7b7a-7000-8000-000000000004"}');
INSERT INTO nodes VALUES(16, x'6bc6dc3de1f456989878fc1f8b5194b33d1944cb8b7bfc74312a306d0356a3e7');
INSERT INTO nodes VALUES(17, x'4bcedc76ec0e4f246f1f2c00c83738a66e0e62807e57fc615cf6f8040aee8379');
INSERT INTO transfers VALUES('0192f0c1-7b7a-7000-8000-000000000004', 9);
INSERT INTO entries VALUES(10, '{"event":"seal","node":"pt-ipcu","nonce":"b91b03129222973c214e42bf31d6872a","peer":"fi-cust","personal.reason":"jmTsllsN0/fVr75Kvjb4q+e1nOvVeSN0q5beuhCgEBc=","software":"0.0.9","time":"2025-10-09T08:53:20.010Z","transfer":"0192f0c1-7b7a-7000-8000-000000000005"}');
INSERT INTO nodes VALUES(18, x'1bf2883cf9949e5b2dddb792c901f0846dbaac3c192d6ef7c1332ff263e6b3b4');
INSERT INTO transfers VALUES('0192f0c1-7b7a-7000-8000-000000000005', 10);
INSERT INTO personal VALUES(10, 'reason', x'06a4b397fc7045eac527c2aec3ff46cee5ce30016c760f238c26e79902fe67b6', 'person 10');
INSERT INTO entries VALUES(11, '{"event":"send","node":"pt-ipcu","nonce":"6ee27bd7066e7f72340c643607374c2a","peer":"fi-cust","software":"0.0.9","time":"2025-10-09T08:53:20.011Z","transfer":"0192f0c1-7b7a-7000-8000-000000000005"}');
INSERT INTO nodes VALUES(19, x'e3b369417a82037b7f9aa8ec71baacd1e1ff9d21b0027c241402a76b868f8f9f');
INSERT INTO nodes VALUES(20, x'8843758bee0b89cc9e6c91a9f6a9445a4f973b518969fb06be4c694bf1eb105d');
INSERT INTO nodes VALUES(21, x'02d597e72d5e5a7a135f9ab3ece2315bbac9db4ea0013c5140864be9744f5dcf');
INSERT INTO transfers VALUES('0192f0c1-7b7a-7000-8000-000000000005', 11);
INSERT INTO entries VALUES(12, '{"event":"seal","node":"pt-ipcu","nonce":"dd769ce007ac064999f7fcc7a2c90388","peer":"fi-cust","software":"0.0.9","time":"2025-10-09T08:53:20.012Z","transfer":"0192f0c1-7b7a-7000-8000-000000000006"}');
INSERT INTO nodes VALUES(22, x'a47ca85dcd63965696004fb67c8113583bc949f6870486b9555aa3f599193f97');
INSERT INTO transfers VALUES('0192f0c1-7b7a-7000-8000-000000000006', 12);
INSERT INTO entries VALUES(13, '{"event":"send","node":"pt-ipcu","nonce":"dae9f876d5125198ef629756794fa305","peer":"fi-cust","software":"0.0.9","time":"2025-10-09T08:53:20.013Z","transfer":"0192f0c1-7b7a-7000-8000-000000000006"}');
INSERT INTO nodes VALUES(23, x'68ff27540558aaf5dda64305935284b74d0ade09961f54a5f838fa9b936f9ef9');
INSERT INTO nodes VALUES(24, x'9ce98284dfa9df35d7b7b29e697d6cac3c5857f05993a5767925cc2a019a234d');
INSERT INTO transfers VALUES('0192f0c1-7b7a-7000-8000-000000000006', 13);
INSERT INTO checkpoints VALUES(14, x'41c9011bfee428b66a77e55472d136825d2c88d5b78fb4e6530f5500f420312c', 'pt-ipcu.rogatory.example/log
14
QckBG/7kKLZqd+VUctE2gl0siNW3j7TmUw9VAPQgMSw=

— pt-ipcu.rogatory.example/log W07fZnDDJYv4Sk4r6RXZR0L5JA9KCSqL5rlKcaV0VodcAHTsE+RcBKoepcNkvrm0bwdIWgzV2XwlWYdKeXlfA0PEvgE=
', 1760000000014);
INSERT INTO entries VALUES(14, '{"event":"seal","node":"pt-ipcu","nonce":"5b2c4e53866dca9dff996b827296de94","peer":"fi-cust","software":"0.0.9","time":"2025-10-09T08:53:20.014Z","transfer":"0192f0c1-7b7a-7000-8000-000000000007"}');
INSERT INTO nodes VALUES(25, x'2ccb18447394b3b6aaea371281cc0b4fd7ddd38dccd2a4eb0ea48f488c311f9f');
INSERT INTO transfers VALUES('0192f0c1-7b7a-7000-8000-000000000007', 14);
INSERT INTO entries VALUES(15, '{"event":"send","node":"pt-ipcu","nonce":"8e47119ebfd5ced148f2786fcb626e4a","peer":"fi-cust","personal.reason":"ssWRY2RZlgEjyu97Blt9W7Q81UoRMaBdjmKA44oc7q8=","software":"0.0.9","time":"2025-10-09T08:53:20.015Z","transfer":"0192f0c1-7b7a-7000-8000-000000000007"}');
INSERT INTO nodes VALUES(26, x'd4f75849baf4693a86c700da9ef1d27d7a2ec55813beae87e5c1be4e8309cdd0');
INSERT INTO nodes VALUES(27, x'083cc5cf029e1a53ffb0c34ff81e90f589d51ee42941f0689226075905250f27');
INSERT INTO nodes VALUES(28, x'64ede78926a56e01a73ce7c2ee335be7414870c7408c4cb1ac806c5a8233ca5c');
INSERT INTO nodes VALUES(29, x'09f652b011290dc2f0cc271b3ad195697eb6c6fe11af017340a40a89502fe04c');
INSERT INTO nodes VALUES(30, x'45822a2ff15583e9cb49c76fc0974e1653b42e7c55cace50e71682ecc3c53df3');
INSERT INTO transfers VALUES('0192f0c1-7b7a-7000-8000-000000000007', 15);
INSERT INTO personal VALUES(15, 'reason', x'faee913c528a79e42c6eb1710db2524237e5417a17b55f49f71c7262f677a486', 'person 15');
INSERT INTO entries VALUES(16, '{"event":"seal","node":"pt-ipcu","nonce":"98b93393cc4af33a9e30019c27b8d6d0","peer":"fi-cust","software":"0.0.9","time":"2025-10-09T08:53:20.016Z","transfer":"0192f0c1-7b7a-7000-8000-000000000008"}');
INSERT INTO nodes VALUES(31, x'f086c05e63c47125c1c5b30b55ef4429f6842a92b4c5d756beb858956b292b14');
INSERT INTO transfers VALUES('0192f0c1-7b7a-7000-8000-000000000008', 16);
INSERT INTO entries VALUES(17, '{"event":"send","node":"pt-ipcu","nonce":"dfb5d0e4541cc6dfab4f429cb9bb0880","peer":"fi-cust","software":"0.0.9","time":"2025-10-09T08:53:20.017Z","transfer":"0192f0c1-7b7a-7000-8000-000000000008"}');
INSERT INTO nodes VALUES(32, x'fea91c79d13d18799e1522f0f88c64a01c94bc37b063fc2eea6bdb1141aa85fb');
INSERT INTO nodes VALUES(33, x'f2ac20b18914ce50deaff7d84008c1efa8df56855520d2424bb8b41fc8bbf542');
INSERT INTO transfers VALUES('0192f0c1-7b7a-7000-8000-000000000008', 17);
INSERT INTO entries VALUES(18, '{"event":"seal","node":"pt-ipcu","nonce":"a0656cdcb0c5c3925c0e83dd6158b813","peer":"fi-cust","software":"0.0.9","time":"2025-10-09T08:53:20.018Z","transfer":"0192f0c1-7b7a-7000-8000-000000000009"}');
INSERT INTO nodes VALUES(34, x'9e12b85ed655d01e3ae88f84516e3a88b18c5563b12bf227278426b18ad32910');
INSERT INTO transfers VALUES('0192f0c1-7b7a-7000-8000-000000000009', 18);
INSERT INTO entries VALUES(19, '{"event":"send","node":"pt-ipcu","nonce":"f69e697f9256b84646d812ef4064ec96","peer":"fi-cust","software":"0.0.9","time":"2025-10-09T08:53:20.019Z","transfer":"0192f0c1-7b7a-7000-8000-000000000009"}');
INSERT INTO nodes VALUES(35, x'790c6e7844c683502f80870299bd0a881b419dab068433abf383150bda93aecf');
INSERT INTO nodes VALUES(36, x'918bc32b39a66aa6a7f531a50e0bee83c8e4b6fc70699b5a3064f43b6feda612');
INSERT INTO nodes VALUES(37, x'bac39023262d98b79d973db28e8e474c7e552caf9ff48d4e1f3a05538718e0e1');
INSERT INTO transfers VALUES('0192f0c1-7b7a-7000-8000-000000000009', 19);
INSERT INTO checkpoints VALUES(20, x'0fe567744e45aa257d06ad7929b702075c01f2647c7a1bbf75c449f0f7117ee8', 'pt-ipcu.rogatory.example/log
20
D+VndE5FqiV9Bq15KbcCB1wB8mR8ehu/dcRJ8PcRfug=

— pt-ipcu.rogatory.example/log W07fZgcvfMehRpq5axADsN45lBSSfD/VX1egUqBWT3L6cw5GPUMryy9i0VUAyrJtmwWlPNYorRlvwNZzJK+1G5c4LwU=
', 1760000000020);
INSERT INTO cosignatures VALUES(20, 'fi-cust.rogatory.example/witness+39c8764d+BG56HN0psLeP0Tr0xVmP7/TvKpcWbjym8uT7/M2AUFvx', '— fi-cust.rogatory.example/witness Och2TQAAAABo53gAQT3WLukctT0Uayz4Jjqg5tsRH+ZDFexAyzeV7ajQCcNLbfmEe8v24i6Upid+vUVUafTjuNc5e5Uv7REU6YInCw==
', 1760000000000);
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
