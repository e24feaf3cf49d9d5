import Dispatch
import Redaction
import Synchronization

/// Work on bytes that pass, piece by piece and in order.
protocol PassingWork: AnyObject {
  /// Takes the next bytes, which are valid until it returns.
  func take(_ bytes: UnsafeRawBufferPointer) throws
}

extension Digest256 {
  /// SHA-256 of everything that passes.
  final class Work: PassingWork {
    private(set) var digest = Digest256()

    func take(_ bytes: UnsafeRawBufferPointer) { digest.update(bytes) }
  }
}

/// Reads everything in pieces of a quarter megabyte, once; while `body` has a piece, so has each of
/// the works, on a thread of its own.
///
/// A piece's memory is used again when all are done with it, so the slowest sets the pace, and no
/// more than two megabytes are held. When this returns or throws, no thread is at work any more.
///
/// - Parameter byteCount: how many bytes there must be.
/// - Throws: ``SizeChanged`` where there are more or fewer; what `read`, the works and `body` throw.
func forEachPiece(
  of read: ByteReader, byteCount: UInt64, beside works: [any PassingWork],
  _ body: (UnsafeRawBufferPointer) throws -> Void
) throws {
  guard byteCount > Pass.inlineBytes else {
    try forEachPiece(of: read, limit: byteCount) { piece in
      for work in works { try work.take(piece) }
      try body(piece)
    }
    return
  }
  let pass = Pass(beside: works)
  var total: UInt64 = 0
  while true {
    let memory = try pass.memory()
    let count = try read(memory)
    if count == 0 { break }
    total += UInt64(count)
    guard total <= byteCount else { throw SizeChanged() }
    let piece = UnsafeRawBufferPointer(rebasing: memory[..<count])
    pass.hand(piece)
    try body(piece)
  }
  try pass.finish()
  guard total == byteCount else { throw SizeChanged() }
}

/// Works beside a caller who fills one piece of memory after the other: while the caller still uses a
/// piece, so does each work, on a thread of its own.
///
/// The works' threads are done when ``finish()`` has returned, or with this value.
final class Pass {
  private let slots = PassSlots()
  private let lanes: [PassLane]
  /// The piece that was handed over last, of which the caller is a user.
  private var turn: PassTurn?

  init(beside works: [any PassingWork]) { lanes = works.map { PassLane($0) } }

  deinit { for lane in lanes { lane.wait() } }

  /// Memory for the next piece; the caller is done with the one before.
  func memory() throws -> UnsafeMutableRawBufferPointer {
    turn?.end()
    turn = nil
    for lane in lanes { try lane.check() }
    return slots.take()
  }

  /// Gives the works what the memory holds now; the caller may go on reading it.
  func hand(_ piece: UnsafeRawBufferPointer) {
    let turn = PassTurn(piece, users: lanes.count + 1, in: slots)
    self.turn = turn
    for lane in lanes { lane.take(turn) }
  }

  /// Waits for the works, and throws what one has thrown.
  func finish() throws { for lane in lanes { try lane.finish() } }

  /// Up to so many bytes threads cost more than they save, and most items have no more.
  static let inlineBytes: UInt64 = 1 << 20
}

/// Memory for the pieces that are on their way, used in turns.
private final class PassSlots: Sendable {
  nonisolated(unsafe) private let memory = UnsafeMutableRawBufferPointer.allocate(
    byteCount: slotCount * slotBytes, alignment: 64)
  private let next = Mutex(0)
  /// Counts from zero: a semaphore may not go below the number that it was made with.
  private let free = DispatchSemaphore(value: 0)

  init() {
    for _ in 0..<Self.slotCount { free.signal() }
  }

  deinit { memory.deallocate() }

  /// Waits for the oldest slot. Every work takes the pieces in order, so they become free in order.
  func take() -> UnsafeMutableRawBufferPointer {
    free.wait()
    let slot = next.withLock { next in
      defer { next = (next + 1) % Self.slotCount }
      return next
    }
    let start = slot * Self.slotBytes
    return UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + Self.slotBytes])
  }

  func giveBack() { free.signal() }

  static let slotBytes = 1 << 18
  /// Two megabytes: enough to run ahead while the disk takes a large write.
  static let slotCount = 8
}

/// A piece, until its last user is done with it.
///
/// Unchecked: nobody writes to the bytes before the slot is given back.
private final class PassTurn: @unchecked Sendable {
  let bytes: UnsafeRawBufferPointer
  private let users: Atomic<Int>
  private let slots: PassSlots

  init(_ bytes: UnsafeRawBufferPointer, users: Int, in slots: PassSlots) {
    self.bytes = bytes
    self.users = Atomic(users)
    self.slots = slots
  }

  func end() {
    if users.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { slots.giveBack() }
  }
}

/// A work and its thread.
///
/// Unchecked, since the compiler can't see the turns: the serial queue alone uses the work until
/// ``wait()`` has returned.
private final class PassLane: @unchecked Sendable {
  private let work: any PassingWork
  private let queue = DispatchQueue(label: "rogatory.evidence.pass")
  private let failure = Mutex<(any Error)?>(nil)

  init(_ work: any PassingWork) { self.work = work }

  func take(_ turn: PassTurn) {
    queue.async { [self] in
      defer { turn.end() }
      guard failure.withLock({ $0 == nil }) else { return }
      do {
        try work.take(turn.bytes)
      } catch {
        failure.withLock { $0 = error }
      }
    }
  }

  /// Throws what the work has thrown so far: there is no point in going on.
  func check() throws {
    if let error = failure.withLock({ $0 }) { throw error }
  }

  func finish() throws {
    wait()
    try check()
  }

  func wait() { queue.sync {} }
}
