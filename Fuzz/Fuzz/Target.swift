import Foundation

/// A parser, what to feed it, and what must hold of whatever it takes.
struct Target: Sendable {
  let name: String
  /// The longest input in bytes: enough for every path, short enough for many runs.
  let longest: Int
  let seeds: @Sendable () throws -> [[UInt8]]
  /// Ends the program when something doesn't hold; errors are fine.
  let run: @Sendable ([UInt8]) -> Void

  init(
    _ name: String, longest: Int, seeds: @escaping @Sendable () throws -> [[UInt8]],
    run: @escaping @Sendable ([UInt8]) throws -> Void
  ) {
    self.name = name
    self.longest = longest
    self.seeds = seeds
    self.run = { bytes in
      // Whatever is thrown is an answer.
      do { try run(bytes) } catch {}
    }
  }
}

/// Everything that is fuzzed.
let targets: [Target] =
  containerTargets + signatureTargets + redactionTargets + contentTargets + ageTargets
  + logTargets + documentTargets + pictureTargets

/// What libFuzzer calls: a C function has no context of its own. Set once, before it starts.
nonisolated(unsafe) var chosen = Target("", longest: 0, seeds: { [] }, run: { _ in })

/// Ends the program, so that libFuzzer keeps the input.
func expect(_ condition: @autoclosure () throws -> Bool, _ sentence: String) {
  do { if try condition() { return } } catch { fatalError("\(sentence): \(error)") }
  fatalError(sentence)
}

/// What `body` gives; it must not throw.
func certain<Result>(_ sentence: String, _ body: () throws -> Result) -> Result {
  do { return try body() } catch { fatalError("\(sentence): \(error)") }
}

/// An input of several parts: each but the last has its length before it, 16 bits big endian.
///
/// Lengths past the end take what is there, so that every input has all parts.
struct Parts {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  mutating func next() -> [UInt8] {
    let length = rest.prefix(2).reduce(0) { $0 << 8 | Int($1) }
    rest = rest.dropFirst(2)
    defer { rest = rest.dropFirst(length) }
    return Array(rest.prefix(length))
  }

  mutating func byte() -> UInt8 {
    defer { rest = rest.dropFirst() }
    return rest.first ?? 0
  }

  var last: [UInt8] { Array(rest) }

  static func joined(_ parts: [UInt8]..., last: [UInt8]) -> [UInt8] {
    parts.flatMap { [UInt8($0.count >> 8 & 255), UInt8($0.count & 255)] + $0.prefix(65535) } + last
  }
}

/// Gives bytes to a parser, at most so many at a time.
func reader(_ bytes: [UInt8], most: Int = .max) -> (UnsafeMutableRawBufferPointer) -> Int {
  var position = 0
  return { buffer in
    let part = bytes[position...].prefix(min(buffer.count, most))
    buffer.copyBytes(from: part)
    position += part.count
    return part.count
  }
}

/// Collects what a writer writes.
final class Output {
  var bytes: [UInt8] = []
  func write(_ part: UnsafeRawBufferPointer) { bytes += part }
}

extension [UInt8] {
  var text: String { String(decoding: self, as: UTF8.self) }
}

/// A text that bytes are, or nil: a parser of texts is never given repaired ones.
func text(_ bytes: [UInt8]) -> String? { String(validating: bytes, as: UTF8.self) }
