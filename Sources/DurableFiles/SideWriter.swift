import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Writes a file on a thread of its own, from where its descriptor stands, while the caller makes what
/// comes next.
///
/// Bytes are copied into one of a few slots; where all are waiting for the disk, so does the caller. A
/// file that fits into one slot takes no thread. What was written is certain after ``finish()`` only.
public final class SideWriter {
  private let work: SlotWork
  private var queue: DispatchQueue?
  /// The slot that is being filled, and how far.
  private var slot = 0
  private var filled = 0

  /// A writer to a descriptor that stays the caller's; the path is for errors.
  public init(fileDescriptor: Int32, path: String) {
    work = SlotWork(fileDescriptor, path)
  }

  deinit { queue?.sync {} }

  /// Takes the next bytes.
  ///
  /// - Throws: what writing earlier bytes has thrown.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    var rest = bytes
    while !rest.isEmpty {
      if filled == 0 { work.waitForSlot() }
      let room = UnsafeMutableRawBufferPointer(rebasing: work[slot][filled...])
      let count = min(rest.count, room.count)
      room.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
      filled += count
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      if filled == SlotWork.slotBytes { try handOver() }
    }
  }

  /// Returns when everything is written; nothing may follow.
  public func finish() throws(FileError) {
    if let queue {
      if filled > 0 { try handOver() }
      queue.sync {}
    } else if filled > 0 {
      work.write(slot, filled)
    }
    work.finish()
    try work.check()
  }

  private func handOver() throws(FileError) {
    try work.check()
    let (work, slot, count) = (work, slot, filled)
    let queue = queue ?? DispatchQueue(label: "rogatory.writer")
    self.queue = queue
    queue.async { work.write(slot, count) }
    self.slot = (slot + 1) % SlotWork.slotCount
    filled = 0
  }
}

/// The slots that two threads use in turns, and the file.
///
/// Unchecked, since the compiler can't see the turns: a slot is the caller's from ``waitForSlot()``
/// until it is handed over, then the queue's until that has written it; all else is the queue's once
/// there is one.
private final class SlotWork: @unchecked Sendable {
  private let fileDescriptor: Int32
  private let path: String
  private let memory = UnsafeMutableRawBufferPointer.allocate(
    byteCount: slotCount * slotBytes, alignment: 4096)
  /// Counts from zero: a semaphore may not go below the number that it was made with.
  private let free = DispatchSemaphore(value: 0)
  private var total: UInt64 = 0
  private var behind: WriteBehind
  private let failure = Mutex<FileError?>(nil)

  init(_ fileDescriptor: Int32, _ path: String) {
    self.fileDescriptor = fileDescriptor
    self.path = path
    behind = WriteBehind(fileDescriptor: fileDescriptor)
    for _ in 0..<Self.slotCount { free.signal() }
  }

  deinit { memory.deallocate() }

  func waitForSlot() { free.wait() }

  subscript(slot: Int) -> UnsafeMutableRawBufferPointer {
    let start = slot * Self.slotBytes
    return UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + Self.slotBytes])
  }

  func check() throws(FileError) {
    if let error = failure.withLock({ $0 }) { throw error }
  }

  func write(_ slot: Int, _ count: Int) {
    defer { free.signal() }
    // After a failure the file is lost, and what follows would be at the wrong place.
    guard failure.withLock({ $0 == nil }) else { return }
    note(put(UnsafeRawBufferPointer(rebasing: self[slot][..<count])))
  }

  /// Once nothing is written any more.
  func finish() { note(behind.finish()) }

  /// Keeps the first failure; `errno` is 0 where there is none.
  private func note(_ errno: Int32) {
    guard errno != 0 else { return }
    let error = FileError.failed(.write, path: path, errno: errno)
    failure.withLock { $0 = $0 ?? error }
  }

  /// Returns 0 or the error number.
  private func put(_ bytes: UnsafeRawBufferPointer) -> Int32 {
    var rest = bytes
    while !rest.isEmpty {
      #if canImport(Darwin)
        let count = Darwin.write(fileDescriptor, rest.baseAddress, rest.count)
      #elseif canImport(Musl)
        let count = Musl.write(fileDescriptor, rest.baseAddress, rest.count)
      #else
        let count = Glibc.write(fileDescriptor, rest.baseAddress, rest.count)
      #endif
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return count == 0 ? ENOSPC : errno }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    total += UInt64(bytes.count)
    return behind.advance(to: total)
  }

  static let slotBytes = 1 << 19
  /// Two megabytes: enough to run ahead while the disk takes a large write.
  static let slotCount = 4
}
