public import AuditLog
public import CAdES
import Evidence
import NIOPosix

// RFC 3161 on a daily checkpoint: a third party's clock bounds from above when the entries were
// written, which peers that collude with this node could not do.
extension ExchangeNode {
  /// Has the newest checkpoint time-stamped when the last stamp is older than a day; returns its size,
  /// or nothing when none was due. With `force`, whenever there is a newer checkpoint.
  @discardableResult
  public func timestampCheckpoint(force: Bool = false) async throws -> UInt64? {
    let due = try log.checkpointToTimestamp(every: force ? 0 : Self.day)
    guard let due else { return nil }
    let content = Array(due.note.text.utf8)
    let signatory = signatory
    try await NIOThreadPool.singleton.runIfActive {
      let token = try requestTimestamp(over: content, from: signatory.value().timestamp)
      try log.storeTimestamp(token, size: due.checkpoint.size)
    }
    return due.checkpoint.size
  }

  private static let day: Int64 = 86_400
}

/// Judges the time-stamp tokens of a log by the anchors of who asks: for `verifyLog`.
///
/// A token passes when its signature holds, its authority chains to an anchor, and it isn't from the
/// future; one whose authority can't be decided upon for lack of revocation data passes as well, as the
/// token's own time is what a log needs.
public func tokenJudge(
  anchors: [Certificate], certificates: [Certificate] = [], now: Int64
) -> TokenJudge {
  { token, content in
    let validation = validate(
      timestamp: token, over: content, anchors: anchors, certificates: certificates, now: now)
    return validation.anchor != nil
      && (validation.result == .passed || validation.result == .indeterminate(.tryLater))
  }
}
