/// Text that was decoded from raw content, and the place in the content that each byte stands for.
///
/// The map is a list of runs, not a number for each byte: within a run, every `unit` bytes of text
/// come from the next `width` bytes of the content. Plain text is one run (1 from 1), a
/// quoted-printable escape one of 1 from 3, base64 one of 3 from 4, UTF-16 one of 1 from 2.
package struct DecodedText: Sendable, Hashable {
  /// The text, in UTF-8.
  package private(set) var bytes: [UInt8] = []
  private var runs: [Run] = []

  private struct Run: Sendable, Hashable {
    /// Where its text begins in `bytes`.
    var start: Int
    /// Where what it comes from begins in the content.
    var source: Int
    /// Bytes of text that can't be told apart by where they come from.
    var unit: Int32
    /// Bytes of content that one unit comes from; 0 for text that was put in.
    var width: Int32
  }

  /// No text.
  package init() {}

  /// Content that is text already.
  package init(plain bytes: [UInt8]) { append(contentsOf: bytes[...], from: 0) }

  /// What the bytes of a range come from.
  ///
  /// - Parameter range: a range of ``bytes``.
  /// - Returns: ranges of the raw content, ascending, none empty, none touching another. What the
  ///   text was joined over, such as a soft line break, isn't among them.
  package func sources(of range: Range<Int>) -> [Range<Int>] {
    let range = range.clamped(to: 0..<bytes.count)
    var found: [Range<Int>] = []
    forEachUnits(of: range) { _, units in
      guard !units.isEmpty else { return }
      if let last = found.last, last.upperBound == units.lowerBound {
        found[found.count - 1] = last.lowerBound..<units.upperBound
      } else {
        found.append(units)
      }
    }
    return inOrder(found)
  }

  /// Calls for each run that a range touches: its text, and the content of the units touched.
  private func forEachUnits(
    of range: Range<Int>, _ body: (_ text: Range<Int>, _ source: Range<Int>) -> Void
  ) {
    guard !range.isEmpty else { return }
    var index = runIndex(at: range.lowerBound)
    while index < runs.count, runs[index].start < range.upperBound {
      let run = runs[index]
      let text = range.clamped(to: run.start..<end(ofRun: index))
      let (unit, width) = (Int(run.unit), Int(run.width))
      let first = run.source + (text.lowerBound - run.start) / unit * width
      let last = run.source + ((text.upperBound - 1 - run.start) / unit + 1) * width
      body(text, width == 0 ? first..<first : first..<last)
      index += 1
    }
  }

  /// The last run that begins at or before a place.
  private func runIndex(at place: Int) -> Int {
    var (low, high) = (0, runs.count)
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].start <= place { low = middle + 1 } else { high = middle }
    }
    return max(0, low - 1)
  }

  private func end(ofRun index: Int) -> Int {
    index + 1 < runs.count ? runs[index + 1].start : bytes.count
  }
}

/// Text grows at its end only.
extension DecodedText {
  /// Adds text that stands in the content as it is.
  mutating func append(contentsOf text: ArraySlice<UInt8>, from source: Int) {
    add(text, unit: 1, source: source, width: 1)
  }

  /// Adds text that a range of the content stands for as a whole.
  mutating func append(_ text: some Collection<UInt8>, standingFor range: Range<Int>) {
    add(text, unit: text.count, source: range.lowerBound, width: range.count)
  }

  /// Adds text that stands for nothing, such as the line feed between two blocks.
  mutating func append(inserted text: some Collection<UInt8>) {
    add(text, unit: 1, source: 0, width: 0)
  }

  /// Adds another text of the same content.
  mutating func append(_ other: DecodedText) {
    for (index, run) in other.runs.enumerated() {
      let text = other.bytes[run.start..<other.end(ofRun: index)]
      add(text, unit: Int(run.unit), source: run.source, width: Int(run.width))
    }
  }

  private mutating func add(
    _ text: some Collection<UInt8>, unit: Int, source: Int, width: Int
  ) {
    guard !text.isEmpty else { return }
    let (unit, width) = (Int32(clamping: unit), Int32(clamping: width))
    if let last = runs.last, last.unit == unit, last.width == width {
      let (units, rest) = (bytes.count - last.start).quotientAndRemainder(dividingBy: Int(unit))
      if width == 0 || (rest == 0 && last.source + units * Int(width) == source) {
        bytes.append(contentsOf: text)
        return
      }
    }
    runs.append(Run(start: bytes.count, source: source, unit: unit, width: width))
    bytes.append(contentsOf: text)
  }

  mutating func reserve(_ byteCount: Int) { bytes.reserveCapacity(byteCount) }
}

/// Decodings one behind another: the charset of a body in base64, HTML in quoted-printable.
extension DecodedText {
  /// The same text with the content that `outer`'s text comes from, given that this one was decoded
  /// from `outer`'s text.
  ///
  /// A unit whose content was itself joined over something, such as a character reference broken by
  /// a soft line break, then stands for that too.
  func composed(over outer: DecodedText) -> DecodedText {
    var result = DecodedText()
    result.reserve(bytes.count)
    for (index, run) in runs.enumerated() {
      let text = run.start..<end(ofRun: index)
      if run.width == 0 {
        result.append(inserted: bytes[text])
      } else if run.unit == 1, run.width == 1 {
        outer.copy(run.source..<run.source + text.count, reading: bytes[text], into: &result)
      } else {
        var start = text.lowerBound
        var source = run.source
        while start < text.upperBound {
          let unit = start..<min(start + Int(run.unit), text.upperBound)
          let found = outer.sources(of: source..<source + Int(run.width))
          if let first = found.first, let last = found.last {
            result.append(bytes[unit], standingFor: first.lowerBound..<last.upperBound)
          } else {
            result.append(inserted: bytes[unit])
          }
          start = unit.upperBound
          source += Int(run.width)
        }
      }
    }
    return result
  }

  /// A part of the text, with where it comes from.
  func part(_ range: Range<Int>) -> DecodedText {
    var result = DecodedText()
    copy(range, reading: bytes[range], into: &result)
    return result
  }

  /// Adds text of the same length as a range, with what the range comes from.
  private func copy(
    _ range: Range<Int>, reading text: ArraySlice<UInt8>, into result: inout DecodedText
  ) {
    guard !range.isEmpty else { return }
    let offset = text.startIndex - range.lowerBound
    var index = runIndex(at: range.lowerBound)
    while index < runs.count, runs[index].start < range.upperBound {
      let run = runs[index]
      let here = range.clamped(to: run.start..<end(ofRun: index))
      let (unit, width) = (Int(run.unit), Int(run.width))
      let (units, skipped) = (here.lowerBound - run.start).quotientAndRemainder(dividingBy: unit)
      var start = here.lowerBound + offset
      let end = here.upperBound + offset
      var source = run.source + units * width
      if skipped > 0 {
        // Units are counted from a run's start, so the rest of one is a run of its own.
        let rest = text[start..<min(start + unit - skipped, end)]
        result.add(rest, unit: rest.count, source: source, width: width)
        start = rest.endIndex
        source += width
      }
      result.add(text[start..<end], unit: unit, source: source, width: width)
      index += 1
    }
  }
}

/// Ranges ascending, those that touch joined.
private func inOrder(_ ranges: [Range<Int>]) -> [Range<Int>] {
  var isInOrder = true
  for index in ranges.indices.dropFirst()
  where ranges[index].lowerBound <= ranges[index - 1].upperBound {
    isInOrder = false
  }
  if isInOrder { return ranges }
  var joined: [Range<Int>] = []
  for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
    if let last = joined.last, range.lowerBound <= last.upperBound {
      joined[joined.count - 1] =
        last.lowerBound..<max(last.upperBound, range.upperBound)
    } else {
      joined.append(range)
    }
  }
  return joined
}
