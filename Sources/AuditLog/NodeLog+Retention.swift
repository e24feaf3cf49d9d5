import GRDB
import Merkle

/// Personal texts that a rule has come to.
public struct DueTexts: Hashable, Sendable {
  /// How many there are.
  public fileprivate(set) var count = 0
  /// The first of them, at most ``LogLimits/dueTexts``.
  public fileprivate(set) var fields: [PersonalField] = []
  /// When the oldest came to its age, in milliseconds since 1970.
  public fileprivate(set) var since: Int64?
  /// How many besides are kept back, since something is held that they are about.
  public fileprivate(set) var held = 0
  /// When the newest of their entries was written.
  fileprivate var youngest: Int64?
}

extension NodeLog {
  /// The personal texts that have passed the rule's maximum age, oldest first: they are to be erased
  /// now. Nothing where the rule has no maximum.
  public func textsDue(under rule: RetentionRule) throws -> DueTexts {
    guard let maximum = rule.maximum else { return DueTexts() }
    let now = settings.clock().milliseconds
    return try read { try $0.personalTexts(past: maximum, at: now, before: .max) }
  }

  /// The personal texts of entries before a moment that the rule lets go: all that have passed its
  /// minimum age. `before` is in milliseconds since 1970.
  public func textsErasable(under rule: RetentionRule, before: Int64) throws -> DueTexts {
    let now = settings.clock().milliseconds
    return try read { try $0.personalTexts(past: rule.minimum, at: now, before: before) }
  }

  /// When the newest entry with texts before a moment was written, where some of those texts aren't
  /// among these; nil where all are.
  public func newestText(before: Int64, notIn due: DueTexts) throws -> Int64? {
    let now = settings.clock().milliseconds
    let all = try read { try $0.personalTexts(past: .years(0), at: now, before: before) }
    return all.count > due.count ? all.youngest : nil
  }

  /// Erases personal texts under a rule, in as many transactions as their number asks for.
  ///
  /// Throws ``AuditLogError/held(order:)`` and ``AuditLogError/tooYoung(rule:until:)`` before anything is erased when one hasn't passed
  /// the rule's minimum age, and ``AuditLogError/noSuchPersonalField(_:_:)`` when one isn't there.
  /// `personal` says who erases, for the entries about it.
  public func erase(
    _ fields: [PersonalField], under rule: RetentionRule, personal: [String: String] = [:]
  ) throws -> [Erasure] {
    let now = settings.clock().milliseconds
    try read { db in
      let held = try HeldEntries(db, at: now)
      for field in fields {
        if let order = try held?.order(holding: field.index) {
          throw AuditLogError.held(order: order)
        }
        guard let time = try db.timeOfText(field) else {
          throw AuditLogError.noSuchPersonalField(field.index, field.field)
        }
        let end = rule.minimum.end(of: time)
        guard end <= now else { throw AuditLogError.tooYoung(rule: rule.id, until: end) }
      }
    }
    return try stride(from: 0, to: fields.count, by: LogLimits.erasures).map { start in
      let part = fields[start..<min(start + LogLimits.erasures, fields.count)]
      return try erasePersonal(rule: rule.id, Array(part), personal: personal)
    }
  }
}

extension Database {
  /// Texts whose age ends at `now` or earlier and that nothing holds, in the order of their entries.
  fileprivate func personalTexts(
    past age: RetentionAge, at now: Int64, before: Int64
  ) throws -> DueTexts {
    var due = DueTexts()
    let held = try HeldEntries(self, at: now)
    let rows = try Row.fetchCursor(
      self,
      sql: """
        SELECT personal.idx, field, json_extract(body, '$.time') FROM personal
        JOIN entries ON entries.idx = personal.idx ORDER BY personal.idx, field
        """)
    while let row = try rows.next() {
      guard let index = row.unsigned(0), let text = row[2] as String?,
        let time = Timestamp.milliseconds(text), time < before
      else { continue }
      let end = age.end(of: time)
      guard end <= now else { continue }
      if try held?.order(holding: index) != nil {
        due.held += 1
        continue
      }
      due.count += 1
      due.since = min(due.since ?? end, end)
      due.youngest = max(due.youngest ?? time, time)
      if due.fields.count < LogLimits.dueTexts {
        due.fields.append(PersonalField(index: index, field: row[1]))
      }
    }
    return due
  }

  /// When the entry of a text was written, where the text is still there.
  fileprivate func timeOfText(_ field: PersonalField) throws -> Int64? {
    guard let index = Int64(exactly: field.index) else { return nil }
    let text = try String.fetchOne(
      cachedStatement(
        sql: """
          SELECT json_extract(body, '$.time') FROM entries
          WHERE idx = ?1 AND EXISTS(SELECT 1 FROM personal WHERE idx = ?1 AND field = ?2)
          """), arguments: [index, field.field])
    return text.flatMap { Timestamp.milliseconds($0) }
  }
}
