/// A buffered reader over a closure: look ahead, take lines, then read in bulk.
final class ByteSource {
  /// A line without its LF, in the source's buffer: valid until the next call.
  struct Line {
    var bytes: UnsafeRawBufferPointer
    /// Whether there was an LF; the last line of a file may have none.
    var isTerminated: Bool
  }

  /// Bytes given out so far.
  private(set) var offset = 0

  private let pull: (UnsafeMutableRawBufferPointer) throws -> Int
  private let buffer: UnsafeMutableRawBufferPointer
  private var start = 0
  private var end = 0
  private var atEnd = false

  init(_ pull: @escaping (UnsafeMutableRawBufferPointer) throws -> Int) {
    self.pull = pull
    buffer = .allocate(byteCount: Self.capacity, alignment: 16)
  }

  deinit { buffer.deallocate() }

  /// Returns the next `count` bytes without taking them, or fewer at the end.
  func peek(_ count: Int) throws -> UnsafeRawBufferPointer {
    precondition(count <= Self.capacity, "ByteSource: our own constants are below its capacity")
    while end - start < count, try fill() {}
    return UnsafeRawBufferPointer(rebasing: buffer[start..<min(end, start + count)])
  }

  /// Takes bytes that have been peeked.
  func skip(_ count: Int) {
    precondition(count <= end - start, "ByteSource: skips what it has peeked")
    start += count
    offset += count
  }

  /// Takes the next line; nil when it has more than `limit` bytes. At the end: an empty line that
  /// isn't terminated.
  func line(limit: Int) throws -> Line? {
    var searched = 0
    while true {
      let held = UnsafeRawBufferPointer(rebasing: buffer[start..<end])
      if let length = held[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        guard length <= limit else { return nil }
        skip(length + 1)
        return Line(bytes: UnsafeRawBufferPointer(rebasing: held[..<length]), isTerminated: true)
      }
      guard held.count <= limit else { return nil }
      searched = held.count
      if try !fill() {
        skip(held.count)
        return Line(bytes: held, isTerminated: false)
      }
    }
  }

  /// Fills `output`, or gives fewer bytes at the end.
  func read(into output: UnsafeMutableRawBufferPointer) throws -> Int {
    var count = min(output.count, end - start)
    output.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<start + count]))
    skip(count)
    while count < output.count, !atEnd {
      let taken = try pullChecked(UnsafeMutableRawBufferPointer(rebasing: output[count...]))
      if taken == 0 { atEnd = true }
      count += taken
      offset += taken
    }
    return count
  }

  /// Reads more into the buffer; false at the end.
  private func fill() throws -> Bool {
    guard !atEnd else { return false }
    if start > 0 {
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
      (start, end) = (0, end - start)
    }
    let taken = try pullChecked(UnsafeMutableRawBufferPointer(rebasing: buffer[end...]))
    end += taken
    atEnd = taken == 0
    return !atEnd
  }

  private func pullChecked(_ output: UnsafeMutableRawBufferPointer) throws -> Int {
    let taken = try pull(output)
    precondition(0...output.count ~= taken, "ByteSource: the caller's closure counts its own bytes")
    return taken
  }

  /// More than any line or look-ahead limit of the module.
  private static let capacity = 1 << 16
}
