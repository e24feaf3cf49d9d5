import GRDB
import Merkle

/// The views for auditors: names and columns are documented (Docs/AuditLog.md), and stay.
///
/// They stand on five base relations (`entry_view`, `redaction_view`, `transfer_summary`,
/// `clock_step_view`, `checkpoint_view`), which here are views over the entries' bytes, and in the index
/// that reports are made with (``AuditIndex``) are tables with the same columns. Everything else is one
/// text for both, so that a report says what `sqlite3` says.
enum AuditViews {
  /// The views of a log's file, over the entries themselves.
  static var overEntries: String {
    (base + derived).map { "CREATE VIEW \($0.name) AS \($0.select);" }.joined(separator: "\n")
  }

  /// Gives a log of an older release the views of this one. Its name is that of their text, so that each
  /// change of it is a step of its own.
  static var migration: NodeLog.TableMigration {
    let text = overEntries
    let dropping = (base + derived).map { "DROP VIEW IF EXISTS \($0.name);" }.joined(
      separator: "\n")
    return NodeLog.TableMigration("audit-views-" + Hash(leaf: Array(text.utf8)).base64) { db in
      try db.execute(sql: dropping + "\n" + text)
    }
  }

  /// The derived views for one connection, over tables called like the base relations.
  static var overIndex: String {
    derived.map { "CREATE TEMP VIEW \($0.name) AS \($0.select);" }.joined(separator: "\n")
  }

  /// A name and what it selects.
  struct View {
    let name: String
    let select: String
  }

  /// The columns of `entry_view` after `idx`, each an expression over `entries.body`.
  static func extracted(_ columns: [EntryColumn]) -> String {
    columns.map { "\($0.expression) AS \($0.quoted)" }.joined(separator: ", ")
  }

  static var base: [View] {
    [
      View(
        name: "entry_view",
        select: "SELECT idx, \(extracted(EntryColumn.all)), body FROM entries"),
      View(
        name: "transfer_life",
        select: """
          SELECT transfers.transfer AS transfer, idx,
            \(extracted(EntryColumn.all.filter { $0.name != "transfer" }))
          FROM transfers JOIN entries USING(idx)
          """),
      View(name: "redaction_view", select: redactions(where: "TRUE")),
      View(name: "transfer_summary", select: summary(of: "transfer_life")),
      View(name: "clock_step_view", select: clockSteps(from: "entry_view")),
      View(name: "checkpoint_view", select: checkpoints(in: "checkpoints")),
    ]
  }

  /// How many leaves each redaction cut, by reason.
  static func redactions(where condition: String) -> String {
    """
    SELECT e.idx AS idx, j.key AS code, j.value AS count
    FROM entries e, json_each(e.body, '$.redactions') j
    WHERE json_extract(e.body, '$.event') = 'redact' AND \(condition)
    """
  }

  /// Entries that are dated before the one in front of them, or whose time moved otherwise than the
  /// machine's own counter: `step` in seconds.
  static func clockSteps(from entries: String) -> String {
    """
    SELECT idx, time, previous, CAST(round(CASE WHEN counted IS NULL THEN moved ELSE moved - counted END)
      AS INTEGER) AS step
    FROM (SELECT idx, time, lag(time) OVER w AS previous,
        (julianday(time) - julianday(lag(time) OVER w)) * 86400 AS moved,
        CASE WHEN boot = lag(boot) OVER w THEN (monotonic - lag(monotonic) OVER w) / 1000.0 END AS counted
      FROM \(entries) WINDOW w AS (ORDER BY idx))
    WHERE time < previous OR abs(moved - counted) > 60
    """
  }

  static func checkpoints(in table: String) -> String {
    """
    SELECT size, strftime('%Y-%m-%dT%H:%M:%fZ', time / 1000.0, 'unixepoch') AS time FROM \(table)
    """
  }

  /// One row for each transfer, from its entries; that somebody asked for it, or was refused, is no part
  /// of its life.
  static func summary(of life: String) -> String {
    """
    SELECT transfer, max(coalesce(peer, recipient, sender)) AS peer,
      CASE WHEN sum(event IN ('send', 'release', 'queue')) > 0 THEN 'out'
        WHEN sum(event IN ('receive', 'offer')) > 0 THEN 'in' END AS direction,
      max(bundle) AS bundle, max(bytes) AS bytes, min(time) AS first, max(time) AS last,
      max(CASE WHEN kind = 'RELAY_ACCEPTANCE' THEN time END) AS relayed,
      max(CASE WHEN kind = 'DELIVERY' THEN time END) AS delivered,
      max(CASE WHEN kind = 'RETRIEVAL' THEN time END) AS retrieved, count(*) AS entries,
      min(CASE WHEN event = 'send' THEN time END) AS sent,
      min(CASE WHEN event = 'receive' THEN time END) AS received,
      CASE WHEN sum(event = 'recall') > 0 THEN 'recalled'
        WHEN sum(event = 'reject') > 0 THEN
          coalesce(max(CASE WHEN event = 'reject' THEN outcome END), 'refused')
        WHEN sum(kind LIKE '%REJECTION' OR kind LIKE '%FAILURE' OR kind = 'NON_DELIVERY') > 0
          THEN 'refused'
        WHEN sum(kind = 'RETRIEVAL') > 0 THEN 'retrieved'
        WHEN sum(kind = 'DELIVERY') > 0 THEN 'delivered'
        WHEN sum(kind = 'RELAY_ACCEPTANCE') > 0 THEN 'relayed'
        WHEN sum(event = 'send') > 0 THEN 'sent' WHEN sum(event = 'receive') > 0 THEN 'received'
        WHEN sum(event = 'offer') > 0 THEN 'offered' ELSE 'queued' END AS outcome,
      max(CASE WHEN event IN ('reject', 'receipt-in', 'receipt-out') THEN code END) AS code,
      max("case") AS "case", max(country) AS country, max(instrument) AS instrument,
      max(basis) AS basis, max(authorisation) AS authorisation, max(basis_until) AS basis_until,
      max(purpose) AS purpose, max(handling) AS handling, max(delete_by) AS delete_by,
      max(review_on) AS review_on, max(onward) AS onward, max(originator) AS originator,
      max(originator_authorisation) AS originator_authorisation,
      max(third_country_basis) AS third_country_basis,
      max(third_country_document) AS third_country_document
    FROM \(life) WHERE event NOT IN ('audit-query', 'denied') GROUP BY transfer
    """
  }

  /// A date alone ends with its day, as handling terms have it.
  static func end(of column: String) -> String {
    """
    CASE length(\(column)) WHEN 10 THEN \(column) || 'T23:59:59.999Z'
      ELSE strftime('%Y-%m-%dT%H:%M:%fZ', \(column)) END
    """
  }
}
