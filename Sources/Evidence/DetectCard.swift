/// Finds payment card numbers: 13 to 19 digits of an issuer's range that pass the Luhn check, in one
/// piece or in groups as on a card.
func findCards(in bytes: UnsafeBufferPointer<UInt8>, _ report: (Range<Int>) -> Void) {
  var index = 0
  while index < bytes.count {
    guard isDigit(bytes[index]) else {
      index += 1
      continue
    }
    if !continuesNumber(bytes, at: index), let end = endOfCard(bytes, from: index) {
      report(index..<end)
      index = end
    } else {
      index += digitCount(bytes, at: index)
    }
  }
}

/// Where the card number from here ends; the longest one, since an expiry date may follow it.
private func endOfCard(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
  let groups = DigitGroups(bytes, from: start, also: ".", maximum: 19)
  for count in stride(from: groups.ranges.count, through: 1, by: -1) {
    let end = groups.ranges[count - 1].upperBound
    guard (13...19).contains(groups.count(count)), !numberContinues(bytes, at: end) else {
      continue
    }
    if count > 1, !isPrinted(groups.ranges.prefix(count).map(\.count)) { continue }
    let digits = groups.digits(bytes, count)
    if isIssued(digits), passesLuhn(digits) { return end }
  }
  return nil
}

/// Groups of four with a shorter last one, American Express' 4-6-5, Diners' 4-6-4, or two of eight.
private func isPrinted(_ lengths: [Int]) -> Bool {
  if lengths == [4, 6, 5] || lengths == [4, 6, 4] || lengths == [8, 8] { return true }
  return lengths.dropLast().allSatisfy { $0 == 4 } && (1...4).contains(lengths[lengths.count - 1])
}

private func isIssued(_ digits: [UInt8]) -> Bool {
  let head = digits.prefix(4).reduce(0) { $0 * 10 + Int($1) }
  return issuers.contains { $0.heads.contains(head) && $0.lengths.contains(digits.count) }
}

/// First four digits and lengths. Ranges are wider than what is issued today where that changes.
private let issuers: [(heads: ClosedRange<Int>, lengths: ClosedRange<Int>)] = [
  // JCB of 15, Mir, Mastercard's second range.
  (1800...1800, 15...15), (2131...2131, 15...15), (2200...2204, 16...19), (2221...2720, 16...16),
  // Diners, American Express, JCB.
  (3000...3059, 14...19), (3090...3099, 14...19), (3400...3499, 15...15), (3528...3589, 16...19),
  (3600...3699, 14...19), (3700...3799, 15...15), (3800...3999, 14...19),
  // Visa.
  (4000...4999, 13...13), (4000...4999, 16...16), (4000...4999, 19...19),
  // Maestro and debit cards of several countries, Mastercard, again Maestro; Discover, UnionPay.
  (5000...5099, 13...19), (5100...5599, 16...16), (5600...5899, 13...19), (6000...6999, 13...19),
  // RuPay and UnionPay, Troy.
  (8100...8299, 16...19), (9792...9792, 16...16),
]
