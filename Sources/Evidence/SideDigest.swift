import Dispatch
import Redaction

/// SHA-256 on a thread of its own, beside the one that reads and writes.
///
/// The digest of a large file costs more than reading and writing it, so on one thread the disk
/// would wait for it. Bytes are copied into one of a few slots, which costs a tenth of a digest;
/// where all slots are waiting, so does the caller. The thread's work ends with ``finalize()`` or
/// with this value.
final class SideDigest {
  private let turns = Turns()
  /// Made with the first slot that is handed over.
  private var queue: DispatchQueue?
  /// What was digested on the caller's thread.
  private var inlineCount = 0
  /// The slot that is being filled, and how far.
  private var slot = 0
  private var filled = 0

  /// Digests the next bytes.
  func update(_ bytes: UnsafeRawBufferPointer) {
    if inlineCount < Self.inlineBytes {
      inlineCount += bytes.count
      return turns.digest.update(bytes)
    }
    var rest = bytes
    while !rest.isEmpty {
      if filled == 0 { turns.waitForSlot() }
      let count = min(rest.count, Turns.slotBytes - filled)
      let room = UnsafeMutableRawBufferPointer(rebasing: turns[slot][filled..<filled + count])
      room.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
      filled += count
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      if filled == Turns.slotBytes { handOver() }
    }
  }

  /// Waits for the thread and returns the 32 bytes of the digest, once.
  func finalize() -> [UInt8] {
    if filled > 0 { handOver() }
    queue?.sync {}
    return turns.digest.finalize()
  }

  deinit { queue?.sync {} }

  private func handOver() {
    let (turns, slot, count) = (turns, slot, filled)
    let queue = queue ?? DispatchQueue(label: "rogatory.evidence.digest")
    self.queue = queue
    queue.async { turns.digest(slot, count) }
    self.slot = (slot + 1) % Turns.slotCount
    filled = 0
  }

  /// Most entries are small, and a thread costs more than digesting them.
  private static let inlineBytes = 1 << 20
}

/// The digest and the slots that two threads use in turns.
///
/// Unchecked, since the compiler can't see the turns: a slot is the caller's from
/// ``waitForSlot()`` until it is handed to the queue, then the queue's until that has digested it;
/// the digest is the caller's before the first slot is handed over and when the queue is empty.
private final class Turns: @unchecked Sendable {
  var digest = Digest256()
  /// Allocated with the first slot: small entries need none.
  private var memory: UnsafeMutableRawBufferPointer?
  /// Counts from zero: a semaphore may not go below the number that it was made with.
  private lazy var free = {
    let free = DispatchSemaphore(value: 0)
    for _ in 0..<Self.slotCount { free.signal() }
    return free
  }()

  deinit { memory?.deallocate() }

  func waitForSlot() {
    free.wait()
    if memory == nil {
      memory = .allocate(byteCount: Self.slotCount * Self.slotBytes, alignment: 64)
    }
  }

  subscript(slot: Int) -> UnsafeMutableRawBufferPointer {
    guard let memory else { preconditionFailure("a slot was waited for, so there is memory") }
    let start = slot * Self.slotBytes
    return UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + Self.slotBytes])
  }

  func digest(_ slot: Int, _ count: Int) {
    digest.update(UnsafeRawBufferPointer(rebasing: self[slot][..<count]))
    free.signal()
  }

  /// A piece as the copying loops have it.
  static let slotBytes = 1 << 18
  /// Two megabytes: enough for the writer to run ahead while the disk takes a large write.
  static let slotCount = 8
}
