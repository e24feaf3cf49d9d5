/// Where things lie inside a bundle (Docs/Bundle.md, "Container").
package enum Layout {
  package static let seal = "seal.txt"
  package static let terms = "terms.json"
  package static let release = "release.json"
  package static let view = "disclosure/view.bin"
  package static let caseGraph = "metadata/case.jsonld"

  /// `disclosure/0001.leaves`.
  package static func leaves(_ number: Int) -> String { "disclosure/\(padded(number, 4)).leaves" }

  /// `redactions/001.txt`.
  package static func record(_ step: Int) -> String { "redactions/\(padded(step, 3)).txt" }

  /// `items/0001-test-purchases.csv`; the number alone where the name is withheld.
  package static func item(_ number: Int, name: String?) -> String {
    let slug = name.map(slug(of:)) ?? ""
    return "items/" + padded(number, 4) + (slug.isEmpty ? "" : "-" + slug)
  }

  /// `META-INF/ASiCManifest001.xml`.
  package static func manifest(_ number: Int) -> String {
    "META-INF/ASiCManifest\(padded(number, 3)).xml"
  }

  /// `META-INF/signature001.p7s`.
  package static func signature(_ number: Int) -> String {
    "META-INF/signature\(padded(number, 3)).p7s"
  }

  /// The archive manifest that was made last (EN 319 162-1, Annex A.7).
  package static let archiveManifest = "META-INF/ASiCArchiveManifest.xml"

  /// `META-INF/ASiCArchiveManifest001.xml`: one that a later one covers, by age.
  package static func formerArchiveManifest(_ number: Int) -> String {
    "META-INF/ASiCArchiveManifest\(padded(number, 3)).xml"
  }

  /// `META-INF/timestamp001.tst`: the token of the n-th archive manifest.
  package static func timestamp(_ number: Int) -> String {
    "META-INF/timestamp\(padded(number, 3)).tst"
  }

  /// The item number in a path below `items/`, or nil where there is none.
  package static func itemNumber(ofPath path: String) -> Int? {
    guard path.hasPrefix("items/") else { return nil }
    let digits = path.dropFirst("items/".count).prefix { $0.isASCII && $0.isNumber }
    guard (4...9).contains(digits.count) else { return nil }
    return Int(digits)
  }

  /// The ASCII slug of a name's last component: letters, digits, `.`, `_` and `-` stay.
  package static func slug(of name: String) -> String {
    // By bytes: to a String, a slash before a combining mark is no slash.
    let bytes = name.utf8
    let last = bytes.split(separator: UInt8(ascii: "/")).last ?? bytes[...]
    let (dash, dot) = (UInt8(ascii: "-"), UInt8(ascii: "."))
    var slug: [UInt8] = []
    slug.reserveCapacity(last.count)
    for byte in last {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), dash, dot, UInt8(ascii: "_"):
        slug.append(byte)
      default: if slug.last != dash { slug.append(dash) }
      }
    }
    var kept = slug.drop { $0 == dot || $0 == dash }
    if kept.count > maximumSlug {
      // The end of a long name says what kind of file it is.
      kept = kept.prefix(maximumSlug - 12) + [dash] + kept.suffix(11)
    }
    return String(decoding: kept, as: UTF8.self)
  }

  private static func padded(_ number: Int, _ digits: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  /// The manifest of the carrier seal; those below it belong to sealer and redactors.
  package static let carrierManifest = 900
  /// Archive time-stamps of one container; one in five years lasts a while. Each is compared with
  /// each.
  static let maximumArchives = 99
  /// Steps 1…898 have manifests 002…899.
  package static let maximumSteps = 898
  /// File systems take 255 bytes; unpacked next to others, shorter ones are easier to read.
  static let maximumSlug = 96
}

/// Checks the name that an item is sealed under: a relative path that stays below its folder.
///
/// Unlike a container entry's, it may hold backslashes and control characters, since evidence
/// does; ``safePath(forName:)`` makes it a path to write to.
package func isItemName(_ name: String) -> Bool {
  let bytes = name.utf8
  guard !bytes.isEmpty, bytes.count <= 4095, !bytes.contains(0) else { return false }
  // By bytes, as the system does: to a String, a slash before a combining mark is no slash.
  return bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy {
    !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) && $0.count <= 255
  }
}

/// The path below a folder to which an item of this name is written.
///
/// What could deceive a person or a program that reads the name (control characters, direction
/// marks, backslashes, a literal percent sign) is percent-encoded; everything else stays.
package func safePath(forName name: String) -> String {
  var path = ""
  for scalar in name.unicodeScalars {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
      path += percentEncoded(scalar)
    default:
      if scalar == "\\" || scalar == "%" {
        path += percentEncoded(scalar)
      } else {
        path.unicodeScalars.append(scalar)
      }
    }
  }
  return path
}

private func percentEncoded(_ scalar: Unicode.Scalar) -> String {
  let digits = Array("0123456789ABCDEF")
  return String(scalar).utf8.map { byte in
    "%" + String(digits[Int(byte >> 4)]) + String(digits[Int(byte & 15)])
  }.joined()
}
