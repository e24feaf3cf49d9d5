/// What two people read to each other, by telephone for instance, to compare a digest: eight words of
/// 2048, which is its first 88 bits.
///
/// Whoever wants to pass another document off as this one needs 2^88 attempts. A digest in full
/// (``PeerCard/fingerprint``) is compared where somebody wants more.
func spokenWords(for digest: [UInt8]) -> String {
  var words: [Substring] = []
  var bits = 0
  var held = 0
  for byte in digest {
    (bits, held) = (bits << 8 | Int(byte), held + 8)
    guard held >= 11 else { continue }
    held -= 11
    words.append(englishWords[bits >> held])
    bits &= (1 << held) - 1
    if words.count == spokenWordCount { break }
  }
  return words.joined(separator: " ")
}

/// 88 bits: few enough to be read aloud twice, more than anybody can search through.
private let spokenWordCount = 8
