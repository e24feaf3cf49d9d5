/// Takes samples of content that isn't text: a copy of some kilobytes holds at least two.
struct LeakSamples {
  /// A row of bytes of the content.
  struct Sample {
    let bytes: [UInt8]
    /// Whether the content is too short for a second one.
    let isOnly: Bool
  }

  /// One sample is taken of so many bytes.
  private let step: Int
  private let window: Int
  private var held: [UInt8] = []
  private var taken = 0

  init(step: Int, window: Int) {
    self.step = step
    self.window = window
  }

  mutating func push(_ bytes: UnsafeRawBufferPointer) -> [Sample] {
    held.append(contentsOf: bytes)
    var samples: [Sample] = []
    var start = 0
    while held.count - start > step {
      if let sample = sample(start..<start + step) { samples.append(sample) }
      start += step
    }
    held.removeFirst(start)
    return samples
  }

  /// - Parameter isOnly: whether the whole content is short.
  mutating func finish(isOnly: Bool) -> [Sample] {
    defer { held = [] }
    guard let last = sample(0..<held.count) else { return [] }
    return [Sample(bytes: last.bytes, isOnly: isOnly && taken == 1)]
  }

  /// The first window of a part that says enough to be known again.
  private mutating func sample(_ range: Range<Int>) -> Sample? {
    let length = min(window, range.count)
    guard length >= Self.shortest else { return nil }
    for start in stride(from: range.lowerBound, through: range.upperBound - length, by: length) {
      let bytes = Array(held[start..<start + length])
      guard Set(bytes).count >= Self.variety else { continue }
      taken += 1
      return Sample(bytes: bytes, isOnly: false)
    }
    return nil
  }

  /// Rows of few different bytes (padding, plain colours) stand everywhere.
  private static let variety = 12
  private static let shortest = 16
}
