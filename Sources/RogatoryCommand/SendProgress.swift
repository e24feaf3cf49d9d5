import Exchange
import Synchronization

/// Tells how far the encryption and then the upload of one transfer are.
final class SendProgress: Sendable {
  private struct Act {
    var progress: Progress
    var left: UInt64
  }
  private let global: GlobalOptions
  private let acts = Mutex<[String: Act]>([:])

  init(_ global: GlobalOptions) { self.global = global }

  func tell(_ event: ExchangeProgress) {
    switch event {
    case .encrypted(let bytes, let total): advance("encrypting", bytes, total)
    case .sent(let bytes, let total): advance("sending", bytes, total)
    }
  }

  /// An upload that was broken off begins a new act with what is left.
  private func advance(_ label: String, _ bytes: UInt64, _ total: UInt64) {
    acts.withLock { acts in
      var act =
        acts[label]
        ?? Act(progress: Progress(label, total: total, global), left: total)
      act.progress.advance(bytes)
      act.left -= min(act.left, bytes)
      if act.left == 0 { act.progress.finish() }
      acts[label] = act.left == 0 ? nil : act
    }
  }
}
