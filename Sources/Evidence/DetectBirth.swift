internal import Foundation

/// Finds dates near a word of birth: the first date behind it, or the last one before it.
///
/// Years of two digits and dates without separators count too.
func findBirthDates(in bytes: UnsafeBufferPointer<UInt8>, _ report: (Range<Int>) -> Void) {
  var scanner = DateScanner(bytes, isLax: true)
  var floor = 0
  var date = scanner.next()
  while let found = date {
    let next = scanner.next()
    let before = max(floor, found.lowerBound - birthDistance)..<found.lowerBound
    let after =
      found
      .upperBound..<min(
        next?.lowerBound ?? bytes.count, found.upperBound + birthDistanceBehind, bytes.count)
    if saysBirth(bytes, before: before) || saysBirth(bytes, behind: after) { report(found) }
    floor = found.upperBound
    date = next
  }
}

/// Whether values under this name of a column or key are dates of birth.
package func isBirthName(_ name: String) -> Bool {
  // dataNasc and DataNascimento are two words each.
  var spaced: [UInt8] = []
  for byte in name.utf8 {
    let isHump = (0x41...0x5A).contains(byte) && (0x61...0x7A).contains(spaced.last ?? 0)
    if isHump { spaced.append(0x20) }
    spaced.append(byte)
  }
  return spaced.withUnsafeBufferPointer { bytes in
    birthWords(bytes, 0..<bytes.count).isEmpty == false
  }
}

private func saysBirth(_ bytes: UnsafeBufferPointer<UInt8>, before range: Range<Int>) -> Bool {
  var start = range.lowerBound
  // What is left of a word says nothing: `overborn`.
  while start < range.upperBound, start > 0, isLetter(bytes[start]), isLetter(bytes[start - 1]) {
    start += 1
  }
  guard start < range.upperBound else { return false }
  return !birthWords(bytes, start..<range.upperBound).isEmpty
    || hasBirthSign(bytes, start..<range.upperBound)
}

/// A word behind a date counts on the same line, unless it is the label of what comes next:
/// `"ordered":"2026-03-03","born":`.
private func saysBirth(_ bytes: UnsafeBufferPointer<UInt8>, behind range: Range<Int>) -> Bool {
  let end = bytes[range].firstIndex(of: 0x0A) ?? range.upperBound
  return birthWords(bytes, range.lowerBound..<end).contains { word in
    var index = word.upperBound
    let limit = min(bytes.count, index + maximumLabelByteCount)
    while index < limit, isLetter(bytes[index]) || [0x20, 0x22, 0x27, 0x5F].contains(bytes[index]) {
      index += 1
    }
    return bytes.at(index) != UInt8(ascii: ":") && bytes.at(index) != UInt8(ascii: "=")
  }
}

/// `s.` (syntynyt) and `b.` right before a date, and a star as genealogists put it.
private func hasBirthSign(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
  let end = range.upperBound
  if bytes[end - 1] == UInt8(ascii: "*") { return true }
  let dot = bytes[end - 1] == 0x20 ? end - 2 : end - 1
  guard dot > range.lowerBound, bytes[dot] == UInt8(ascii: ".") else { return false }
  let letter = bytes[dot - 1] | 0x20
  return (letter == UInt8(ascii: "s") || letter == UInt8(ascii: "b"))
    && !isAlphanumeric(bytes.at(dot - 2)) && bytes.at(dot - 2) < 0x80
}

/// The words in a range that say birth.
private func birthWords(
  _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
) -> [Range<Int>] {
  var found: [Range<Int>] = []
  var cursor = WordCursor(bytes, range)
  // The last three words, if single letters: D.O.B.
  var initials: [UInt8] = []
  var isAfterNe: Range<Int>?
  while let word = cursor.next() {
    initials = word.letters.count == 1 ? initials.suffix(2) + word.letters : []
    let isNe = word.letters == Array("ne".utf8) || word.letters == Array("nee".utf8)
    if word.isOne(of: exactBirthWords) || initials.elementsEqual(Array("dob".utf8))
      || birthStems.contains(where: { contains(word.letters, $0) }) || (isNe && word.hasAccent)
    {
      found.append(word.range)
    } else if let ne = isAfterNe, word.letters == Array("le".utf8) {
      found.append(ne)
    }
    isAfterNe = isNe ? word.range : nil
  }
  return found
}

private func contains(_ word: [UInt8], _ stem: [UInt8]) -> Bool {
  word.count >= stem.count && word.firstRange(of: stem) != nil
}

private let exactBirthWords: Set<[UInt8]> = Set(
  ["born", "dob", "bday", "nasc", "nasceu", "nac", "nacio", "geb", "synt", "fodd", "fodt"].map {
    Array($0.utf8)
  })

/// Parts of words, folded: birthday, dateofbirth, nascimento, syntymäaika, Geburtsdatum; then
/// Russian, Ukrainian, Chinese, Japanese, Korean and Arabic.
private let birthStems: [[UInt8]] = [
  "birth", "geburt", "geboren", "geboort", "nascim", "nascid", "nascit", "naissanc", "nacimi",
  "nacid", "syntym", "syntyn", "fodels", "fodsels", "рожд", "родил", "родив", "народж", "出生",
  "生日", "生年月日", "誕生", "생년월일", "생일", "ميلاد",
].map { Array($0.utf8) }

/// How far before a date a word of birth may stand: `Date of birth (as in the passport of the
/// country):`.
private let birthDistance = 64
/// How far behind: `1951-03-17 (date of birth)`.
private let birthDistanceBehind = 32
/// The rest of a label behind its word: `_date" :`.
private let maximumLabelByteCount = 16
