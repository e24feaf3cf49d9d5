/// A kind of personal data that is found by its shape.
///
/// Detectors work on bytes, so that they find an address in a log, a disk image and a file in an
/// old encoding alike. Where a shape is doubtful they rather find too much; what counts is in
/// Docs/Decisions/0022.
public enum Detector: String, CaseIterable, Sendable, Hashable {
  /// An e-mail address, RFC 5321 dot-atoms and letters of any script; `%40` counts as `@`.
  case email
  /// Four numbers up to 255 with dots, not part of a longer number or word.
  case ipv4
  /// An IPv6 address in any form of RFC 4291 section 2.2, without its zone.
  case ipv6
  /// A telephone number: `+` or `00` and 8 to 15 digits, a national form with separators, or six
  /// digits and more behind a word such as `tel`.
  case phone
  /// An international bank account number whose check digits are right, ISO 13616.
  case iban
  /// A payment card number, 13 to 19 digits of an issuer's range, that passes the Luhn check,
  /// ISO/IEC 7812.
  case card
  /// A full date in figures or with the month's name.
  case date
  /// A date with a word of birth near it.
  case dateOfBirth = "date-of-birth"
  /// A place on the Earth: coordinates in text. Pictures are looked at by ``PositionSearch``.
  case gps
  /// A network interface's address, EUI-48 or EUI-64.
  case mac
  /// A mobile phone's identity: 15 digits that pass the Luhn check.
  case imei

  /// Finds everything of this kind.
  ///
  /// - Parameters:
  ///   - bytes: what is searched.
  ///   - report: takes each place found; ascending by where they begin, none of them empty.
  package func find(in bytes: UnsafeBufferPointer<UInt8>, _ report: (Range<Int>) -> Void) {
    switch self {
    case .email: findEmails(in: bytes, report)
    case .ipv4: findIPv4(in: bytes, report)
    case .ipv6: findIPv6(in: bytes, report)
    case .phone: findPhones(in: bytes, report)
    case .iban: findIBANs(in: bytes, report)
    case .card: findCards(in: bytes, report)
    case .date: findDates(in: bytes, report)
    case .dateOfBirth: findBirthDates(in: bytes, report)
    case .gps: findPositions(in: bytes, report)
    case .mac: findMACs(in: bytes, report)
    case .imei: findIMEIs(in: bytes, report)
    }
  }

  /// Whether a column or key of this name says that its values are of this kind, so that
  /// ``find(inNamed:_:)`` is to be asked of them.
  package func isNamed(_ name: String) -> Bool {
    switch self {
    case .dateOfBirth: isBirthName(name)
    case .gps: isPositionName(name)
    default: false
    }
  }

  /// Finds everything of this kind in a value whose name says that it is of this kind: every date
  /// is one of birth, every number a latitude or longitude.
  package func find(
    inNamed bytes: UnsafeBufferPointer<UInt8>, _ report: (Range<Int>) -> Void
  ) {
    switch self {
    case .dateOfBirth:
      var scanner = DateScanner(bytes, isLax: true)
      while let date = scanner.next() { report(date) }
    case .gps: if bytes.contains(where: isDigit) { report(0..<bytes.count) }
    default: find(in: bytes, report)
    }
  }
}

func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

func isHexDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- 0x61 < 6 }

func isAlphanumeric(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) }

extension UnsafeBufferPointer<UInt8> {
  /// The byte at a place; 0, which is part of nothing that a detector finds, outside.
  func at(_ index: Int) -> UInt8 { index >= 0 && index < count ? self[index] : 0 }
}
