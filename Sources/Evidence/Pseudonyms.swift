internal import Crypto
internal import Foundation
internal import Merkle

/// Labels that stand for values: the same value always has the same one.
///
/// It holds no value: only HMAC-SHA-256 of each under a key of its own, so that a list of names
/// can't be tried on it without the key. Kept as ``bytes``, it goes on over all bundles of a case.
public struct Pseudonyms: Sendable, Hashable {
  private let key: [UInt8]
  private var labels: [Hash: Label] = [:]
  private var counts: [String: Int] = [:]

  private struct Label: Sendable, Hashable {
    let prefix: String
    let number: Int

    var text: String { "\(prefix)-\(number)" }
  }

  /// No labels yet.
  ///
  /// - Parameter key: ``keyByteCount`` random bytes, kept where the labels are kept.
  public init(key: [UInt8]) { self.key = key }

  /// As many as SHA-256 has.
  public static let keyByteCount = 32

  /// Whether there are no labels.
  public var isEmpty: Bool { labels.isEmpty }

  /// The label of a value; the next number of the prefix where it has none yet.
  ///
  /// - Parameters:
  ///   - value: the value as it is compared: see `normalizedValue`.
  ///   - prefix: the label's beginning, as ``isPrefix(_:)`` allows it. One value has a label for each.
  mutating func label(of value: [UInt8], prefix: String) -> String {
    var code = HMAC<SHA256>(key: SymmetricKey(data: key))
    code.update(data: Array(prefix.utf8) + [0])
    code.update(data: value)
    guard let digest = Hash(bytes: Array(code.finalize())) else { return prefix }
    if let label = labels[digest] { return label.text }
    let label = Label(prefix: prefix, number: counts[prefix, default: 0] + 1)
    labels[digest] = label
    counts[prefix] = label.number
    return label.text
  }

  /// 1 to 32 letters, digits and hyphens, the first a letter.
  public static func isPrefix(_ text: String) -> Bool {
    1...32 ~= text.utf8.count && text.utf8.first.map(isLetter) == true
      && text.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
  }
}

extension Pseudonyms {
  /// Why bytes aren't labels that were kept.
  public enum FormatError: Error, Hashable, Sendable {
    /// The line of this number, from 1, isn't one of ours.
    case line(Int)
    /// It is longer than ``Pseudonyms/maximumByteCount``.
    case tooLong
  }

  /// `rogatory-pseudonyms/v1`, the key, then a line for each label: code, prefix, number. They are
  /// secret like the key in them: who has it can try names.
  public var bytes: [UInt8] {
    let rows = labels.sorted {
      ($0.value.prefix, $0.value.number) < ($1.value.prefix, $1.value.number)
    }
    let lines =
      [Self.firstLine, Base64.encode(key)]
      + rows.map { "\($0.key.base64) \($0.value.prefix) \($0.value.number)" }
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  /// Reads what ``bytes`` wrote.
  public init(parsing bytes: [UInt8]) throws(FormatError) {
    guard bytes.count <= Self.maximumByteCount else { throw .tooLong }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { Substring(decoding: $0, as: UTF8.self) }
    guard lines[0] == Self.firstLine else { throw .line(1) }
    guard lines.count >= 3, let key = Hash(base64: lines[1]) else { throw .line(2) }
    self.init(key: key.bytes)
    guard lines[lines.count - 1].isEmpty else { throw .line(lines.count) }
    for (index, line) in lines.dropLast().enumerated().dropFirst(2) {
      let words = line.split(separator: " ", omittingEmptySubsequences: false)
      guard words.count == 3, let digest = Hash(base64: words[0]), labels[digest] == nil,
        Self.isPrefix(String(words[1])), let number = Int(words[2]), number > 0,
        number == counts[String(words[1]), default: 0] + 1
      else { throw .line(index + 1) }
      labels[digest] = Label(prefix: String(words[1]), number: number)
      counts[String(words[1])] = number
    }
  }

  /// The name of the file that the labels of a case are kept in: a reference may hold any character,
  /// and a file's name can't.
  public static func fileName(ofCase reference: String) -> String {
    let digits = Hash(digestOf: Array(reference.utf8)).bytes.map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    return digits.joined() + ".txt"
  }

  /// Half a million labels: more than a case has people.
  public static let maximumByteCount = 32 << 20
  private static let firstLine = "rogatory-pseudonyms/v1"
}

/// A value as labels compare it: without regard to case, white space and Unicode normalization.
///
/// E-mail addresses lose what stands around them, telephone numbers their separators, and
/// `Surname, Given` is `Given Surname`.
func normalizedValue(_ value: String) -> [UInt8] {
  let folded = value.precomposedStringWithCompatibilityMapping.lowercased()
  let words = folded.split(whereSeparator: \.isWhitespace)
  let text = words.joined(separator: " ")
  let signs = text.filter { !" +-./()".contains($0) }
  if signs.count >= 7, signs.allSatisfy({ $0.isASCII && $0.isNumber }) {
    let isInternational = text.first == "+" || signs.hasPrefix("00")
    return Array(((isInternational ? "+" : "") + signs.drop { isInternational && $0 == "0" }).utf8)
  }
  if text.contains("@") || text.contains("%40") {
    return Array(
      text.replacingPercentSign.trimmingCharacters(in: CharacterSet(charactersIn: "<>\"'()[] .,;"))
        .utf8)
  }
  let names = text.split(separator: ",", omittingEmptySubsequences: false)
  if names.count == 2, !text.contains(where: \.isNumber) {
    let parts = names.map { $0.split(separator: " ").joined(separator: " ") }
    if parts.allSatisfy({ !$0.isEmpty }) { return Array("\(parts[1]) \(parts[0])".utf8) }
  }
  return Array(text.utf8)
}
