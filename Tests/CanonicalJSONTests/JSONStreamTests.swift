import CanonicalJSON
import Testing

/// A stream has the bytes of the value that it stands for.
@Suite struct JSONStreamTests {
  @Test func aStreamIsWrittenAsItsValueIs() {
    let element: @Sendable (Int) -> JSON = { number in
      ["number": .integer(Int64(number)), "text": "a \"quote\" \u{1f600}", "none": []]
    }
    let value: JSON = [
      "b": .array((0..<3000).map(element)), "a": ["x": true, "\u{20ac}": "€"], "empty": [],
      "c": ["nested": .array((0..<2).map(element))],
    ]
    var nested = JSONStream([:])
    nested["nested"] = .array(count: 2) { .value(element($0)) }
    var stream = JSONStream(["a": ["x": true, "\u{20ac}": "€"]])
    stream["b"] = .array(Array(0..<3000)) { .value(element($0)) }
    stream["c"] = nested
    stream["empty"] = .array(count: 0) { _ in .value(0) }
    var (canonical, pretty, largest): ([UInt8], [UInt8], Int) = ([], [], 0)
    stream.writeCanonical {
      canonical.append(contentsOf: $0)
      largest = max(largest, $0.count)
    }
    stream.writePretty { pretty.append(contentsOf: $0) }
    #expect(canonical == value.canonicalBytes)
    #expect(String(decoding: pretty, as: UTF8.self) == value.prettyText)
    #expect(largest < 64 << 10)
  }

  @Test func aMemberOfAValueCanBeAdded() {
    var stream = JSONStream.value(["a": 1])
    stream["b"] = .value(2)
    var bytes: [UInt8] = []
    stream.writeCanonical { bytes.append(contentsOf: $0) }
    #expect(bytes == JSON.object(["a": 1, "b": 2]).canonicalBytes)
  }

  @Test func anErrorOfTheWriterEndsIt() {
    struct Full: Error {}
    let stream = JSONStream.array(count: 100_000) { .value(.integer(Int64($0))) }
    #expect(throws: Full.self) { try stream.writeCanonical { _ in throw Full() } }
  }
}
