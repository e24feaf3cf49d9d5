import Dispatch

/// The chunks that are on their way through the cipher, on a thread beside the one that reads and
/// writes.
///
/// Reading and writing a large file takes about as long as its encryption, so the two together use
/// two cores. The caller fills a slot, hands it over, and takes slots back in the same order; where
/// all are on their way it has to take one back first.
final class CipherSlots {
  private let worker: Worker
  private let slots: [CipherSlot]
  private let queue = DispatchQueue(label: "rogatory.age.cipher")
  /// The slot that is being filled, and the oldest that was handed over.
  private var next = 0
  private var oldest = 0
  /// How many were handed over and not taken back.
  private(set) var handedOver = 0

  /// Slots for chunks that are sealed in place, or opened.
  init(_ cipher: PayloadCipher, opening: Bool) {
    worker = Worker(cipher, opening: opening)
    slots = (0..<Self.count).map { _ in CipherSlot(opening: opening) }
  }

  /// Whether the next slot is free to be filled.
  var hasRoom: Bool { handedOver < Self.count }

  /// The slot to fill, which is free: see ``hasRoom``.
  var current: CipherSlot { slots[next] }

  /// Gives the slot that was filled to the cipher.
  ///
  /// - Parameter isAlone: nothing else is on its way or will come, so no thread is needed.
  func handOver(isAlone: Bool = false) {
    let (worker, slot) = (worker, slots[next])
    if isAlone { worker.run(slot) } else { queue.async { worker.run(slot) } }
    next = (next + 1) % Self.count
    handedOver += 1
  }

  /// Waits for the oldest slot. It may be filled again after the next call of ``handOver(isAlone:)``.
  func takeBack() -> CipherSlot {
    precondition(handedOver > 0, "CipherSlots: takes back what was handed over")
    let slot = slots[oldest]
    slot.wait()
    oldest = (oldest + 1) % Self.count
    handedOver -= 1
    return slot
  }

  /// Opens a chunk again that the cipher has given back, as if it were the last of its file.
  func openAsLast(_ slot: CipherSlot) -> Bool {
    queue.sync {}
    slot.isLast = true
    worker.run(slot)
    slot.wait()
    return slot.isDone
  }

  deinit { queue.sync {} }

  /// A megabyte: enough to read ahead while the disk takes a large write.
  static let count = 16
}

/// A chunk on its way.
///
/// Unchecked, since the compiler can't see the turns: a slot is the caller's until it is handed over,
/// then the worker's until it has signalled, then the caller's again.
final class CipherSlot: @unchecked Sendable {
  /// Room for a sealed chunk and the byte behind it, which tells that the chunk isn't the last.
  var input: UnsafeMutableRawBufferPointer { memory.bytes }
  /// Bytes of the chunk in ``input``, with the tag where it's to be opened.
  var count = 0
  /// The chunk's number, from 0.
  var chunk: UInt64 = 0
  /// Whether no chunk follows.
  var isLast = false
  /// Whether the cipher did its work: false for a chunk that isn't authentic.
  fileprivate(set) var isDone = false

  /// What came out, once it ``isDone``.
  var output: UnsafeRawBufferPointer {
    let tag = PayloadCipher.tagByteCount
    guard let plain else { return UnsafeRawBufferPointer(rebasing: input[..<(count + tag)]) }
    return UnsafeRawBufferPointer(rebasing: plain.bytes[..<(count - tag)])
  }

  private let done = DispatchSemaphore(value: 0)
  private let isOpening: Bool
  // Made when they are first used: most files have one chunk.
  private lazy var memory = SecretBuffer(byteCount: Self.sealedByteCount + 1)
  fileprivate lazy var plain =
    isOpening ? SecretBuffer(byteCount: PayloadCipher.chunkByteCount) : nil

  fileprivate init(opening: Bool) { isOpening = opening }

  fileprivate func signal() { done.signal() }

  fileprivate func wait() { done.wait() }

  static let sealedByteCount = PayloadCipher.chunkByteCount + PayloadCipher.tagByteCount
}

/// The cipher on its way between threads.
///
/// Unchecked, since the compiler can't see the turns: the serial queue uses it, and the caller only
/// while nothing is queued, for a chunk that is alone or that the queue has given back.
private final class Worker: @unchecked Sendable {
  private let cipher: PayloadCipher
  private let isOpening: Bool

  init(_ cipher: PayloadCipher, opening: Bool) {
    self.cipher = cipher
    isOpening = opening
  }

  func run(_ slot: CipherSlot) {
    if isOpening {
      let sealed = UnsafeRawBufferPointer(rebasing: slot.input[..<slot.count])
      slot.isDone =
        slot.plain.map {
          cipher.open(sealed, into: $0.bytes, chunk: slot.chunk, isLast: slot.isLast)
        } ?? false
    } else {
      slot.isDone = cipher.seal(
        slot.input, count: slot.count, chunk: slot.chunk, isLast: slot.isLast)
    }
    slot.signal()
  }
}
