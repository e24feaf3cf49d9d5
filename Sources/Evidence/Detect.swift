/// A kind of personal data that is found by its shape.
///
/// Detectors work on bytes, so that they find an address in a log, a disk image and a file in an
/// old encoding alike. Where a shape is doubtful they rather find too much.
public enum Detector: String, CaseIterable, Sendable, Hashable {
  /// An e-mail address, RFC 5321 dot-atoms and letters of any script; `%40` counts as `@`.
  case email
  /// Four numbers up to 255 with dots, not part of a longer number or word.
  case ipv4
  /// An IPv6 address in any form of RFC 4291 section 2.2, without its zone.
  case ipv6
  /// A telephone number in international form: `+` or `00`, then 8 to 15 digits.
  case phone
  /// An international bank account number whose check digits are right, ISO 13616.
  case iban
  /// A payment card number, 13 to 19 digits, that passes the Luhn check, ISO/IEC 7812.
  case card

  /// Finds everything of this kind.
  ///
  /// - Parameters:
  ///   - bytes: what is searched.
  ///   - report: takes each place found; ascending by where they begin, none of them empty.
  func find(in bytes: UnsafeBufferPointer<UInt8>, _ report: (Range<Int>) -> Void) {
    switch self {
    case .email: findEmails(in: bytes, report)
    case .ipv4: findIPv4(in: bytes, report)
    case .ipv6: findIPv6(in: bytes, report)
    case .phone: findPhones(in: bytes, report)
    case .iban: findIBANs(in: bytes, report)
    case .card: findCards(in: bytes, report)
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
