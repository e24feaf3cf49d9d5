// What SQLite alone can do: durable transactions of BATCH rows, as long as an entry of the log is, with
// the digest of each row, one key and three triggers; WAL, synchronous=FULL.
// Usage: sqlite FILE ROWS BATCH. Prints rows, seconds and rows per second.

#include <openssl/sha.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static sqlite3 *db;

static void need(int code, int wanted) {
  if (code == wanted) return;
  fprintf(stderr, "sqlite: %s\n", sqlite3_errmsg(db));
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static const char *schema =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
    "CREATE TABLE entries(idx INTEGER PRIMARY KEY, body TEXT NOT NULL, leaf BLOB NOT NULL) STRICT;"
    "CREATE TRIGGER no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'grows'); END;"
    "CREATE TRIGGER no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'grows'); END;"
    "CREATE TRIGGER no_gap BEFORE INSERT ON entries"
    " WHEN NEW.idx IS NOT (SELECT coalesce(max(idx), -1) + 1 FROM entries)"
    " BEGIN SELECT RAISE(ABORT, 'gap'); END;";

int main(int count, char **arguments) {
  if (count != 4) return 64;
  long rows = atol(arguments[2]), batch = atol(arguments[3]);
  char body[640];
  unsigned char leaf[SHA256_DIGEST_LENGTH];
  need(sqlite3_open(arguments[1], &db), SQLITE_OK);
  need(sqlite3_exec(db, schema, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_stmt *insert;
  need(sqlite3_prepare_v2(db, "INSERT INTO entries VALUES(?, ?, ?)", -1, &insert, NULL), SQLITE_OK);
  double start = now();
  for (long row = 0; row < rows;) {
    need(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    for (long i = 0; i < batch && row < rows; i++, row++) {
      memset(body, 'x', sizeof body);
      snprintf(body, sizeof body, "{\"n\":%ld,\"text\":\"", row);
      SHA256((unsigned char *)body, sizeof body, leaf);
      sqlite3_bind_int64(insert, 1, row);
      sqlite3_bind_text(insert, 2, body, sizeof body, SQLITE_STATIC);
      sqlite3_bind_blob(insert, 3, leaf, sizeof leaf, SQLITE_STATIC);
      need(sqlite3_step(insert), SQLITE_DONE);
      sqlite3_reset(insert);
    }
    need(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
  }
  double seconds = now() - start;
  printf("rows %ld seconds %.3f per-second %.0f\n", rows, seconds, (double)rows / seconds);
  return 0;
}
