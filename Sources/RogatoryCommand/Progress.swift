import Glibc
import RogatoryNode
import Synchronization

/// Tells on stderr how far a long act is: to a person in one line that changes, on a terminal only; with
/// `--json` to a program, an object on a line of its own.
final class Progress: Sendable {
  private enum Form { case silent, line, json }

  private let form: Form
  private let figures: Mutex<ProgressFigures>

  init(_ label: String, total: UInt64, _ global: GlobalOptions) {
    // Less than this is over before anybody has read it.
    if global.quiet || total <= Self.worthTelling {
      form = .silent
    } else if global.json {
      form = .json
    } else {
      form = isatty(STDERR_FILENO) == 1 ? .line : .silent
    }
    figures = Mutex(ProgressFigures(label, total: total, at: monotonicSeconds()))
  }

  /// So many bytes more are done.
  func advance(_ bytes: UInt64) {
    guard form != .silent else { return }
    let told = figures.withLock { $0.advance(by: bytes, at: monotonicSeconds()) ? $0 : nil }
    if let told { tell(told, isLast: false) }
  }

  /// All of it is done.
  func finish() {
    guard form != .silent else { return }
    let told = figures.withLock { $0.finish(at: monotonicSeconds()) ? $0 : nil }
    if let told { tell(told, isLast: true) }
  }

  /// An error is told on a line of its own.
  deinit {
    if form == .line, figures.withLock({ $0.isUnderWay }) { printNote("") }
  }

  private func tell(_ figures: ProgressFigures, isLast: Bool) {
    switch form {
    case .silent: break
    case .json: printNote(String(decoding: figures.json.canonicalBytes, as: UTF8.self))
    case .line:
      // The escape clears what a longer line left behind.
      let text = "\r\(figures.line)\u{1B}[K" + (isLast ? "\n" : "")
      _ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) }
    }
  }

  private static let worthTelling: UInt64 = 16 << 20
}

private func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
}
