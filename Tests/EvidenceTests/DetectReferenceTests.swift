import Evidence
import Foundation
import SeededNumbers
import Testing

/// Detectors over generated text: as Tests/detect_ref.py says, and never trapping.
struct DetectReferenceTests {
  /// What texts of a kind are made of: pieces of hits, near misses, and other scripts.
  private static let material: [Detector: [String]] = [
    .email: ["jan", "@", "x.org", ".", "пошта", "müller", "-", "_", "+", "%", "b.co", "..", "日本"],
    .ipv4: ["1", "255", "256", "10", ".", ".", "192.0.2.1", "01", "x", ":", "1.2.3"],
    .ipv6: [
      "fe80", "::", ":", "2001:db8", ":1", "1.2.3.4", "g", ".", "%eth0", "::ffff:192.0.2.1", "/64",
    ],
    .phone: [
      "+", "00", "351", "912", "345", "678", "040", "123", "4567", "212", "555", "0100", "(", ")",
      "-", ".",
      " / ", "/", "tel", "Tel. ", "\"phone\": \"", "21", "0171", "8", "495", "67", "11", "91234",
      "EUR", " €",
      ",50", "%2B", "hotel ", "телефон ", "98765", "43210", "333", "1234567", "no ", "\u{A0}",
      "\u{2011}",
    ],
    .iban: [
      "DE89370400440532013000", "DE89 3704 0044 0532 0130 00", "FI21", "1234", "5600", "000785",
      "IBAN",
      "gb82west12345698765432", "XX", "00", "QQ00000000000000", "\u{A0}", "-", "A",
      "NO9386011117947",
    ],
    .card: [
      "4111", "1111", "5555555555554444", "3782", "822463", "10005", "4222222222222", "6011",
      "0009",
      "30569309025904", "2221000000000009", "12", "/27", "0.", "6762", "8100", "\u{2011}",
      "4111111111111111",
    ],
    .imei: [
      "35", "209900", "176148", "1", "352099001761481", "490154203237518", "81", "0.", "/", "-",
    ],
    .mac: [
      "de", "ad", "be", "ef", "00", "11", ":", "-", ".", "dead.beef.0011", "de:ad:be:ef:00:11", "g",
      "DE-AD-BE-EF-00-11", "00:11:22:33:44:55:66:77",
    ],
    .date: dates,
    .dateOfBirth: dates + [
      "born", "DOB: ", "nascido", "Data de nascimento: ", "syntynyt", "né le", "Née ",
      "geboren am ",
      "birth_date\":\"", "D.O.B. ", "s. ", "*", "rebirth", "overborn", "19510317", "170351", "\n",
      "дата рождения ", "出生", "ne le ", "ordered: ",
    ],
    .gps: [
      "60.1699", "24.9384", "-", "60,1699", "; ", ",", "°", "N", " S", "60", "10", "′", "'", "11.8",
      "\"",
      "deg", "geo:", "lat", "latitude", "\": ", "lng=", "$GPGGA,123519,4807.038,N", "\n",
      "181.0001",
      "90.00001", "W", "º", "%2C", "0.0000", "\u{2212}", "180.00000", "N 60°10'",
    ],
  ]

  private static let dates = [
    "1951", "-", "03", "17", ".", "/", "3", "2026", "12", "31", "March", "Mar", "maaliskuuta",
    " de ",
    "março", "März", "th", "º", "1er", " of ", ", ", "51", "T09:00", "Feb", "年", "月", "日", "août",
    "décembre", "1799", "32", "kesäkuu", "\u{A0}", "2026-03-03", "17.3.1951",
  ]
  private static let joints = [
    " ", " ", "", "", "", ",", "\n", "; ", "x", "é", "“", "1", "\t", "(", ")", ":", "=",
  ]

  private static func text(_ pieces: [String], _ generator: inout SplitMix64) -> String {
    var text = ""
    for _ in 0..<Int.random(in: 1...9, using: &generator) {
      text += pieces.randomElement(using: &generator) ?? ""
      text += joints.randomElement(using: &generator) ?? ""
    }
    return text
  }

  private static func hits(_ detector: Detector, _ bytes: [UInt8]) -> [Range<Int>] {
    var hits: [Range<Int>] = []
    bytes.withUnsafeBufferPointer { detector.find(in: $0) { hits.append($0) } }
    return hits
  }

  @Test func aSecondImplementationAgreesOnGeneratedText() throws {
    let given = ProcessInfo.processInfo.environment["ROGATORY_SEED"].flatMap { UInt64($0) }
    let seed = given ?? UInt64.random(in: 0...UInt64(UInt32.max))
    print("detectors: seed \(seed)")
    var generator = SplitMix64(seed: seed)
    var cases: [(Detector, String)] = []
    for detector in Detector.allCases {
      let pieces = try #require(Self.material[detector])
      for _ in 0..<1_500 { cases.append((detector, Self.text(pieces, &generator))) }
    }
    let input = try cases.map { detector, text in
      String(decoding: try JSONEncoder().encode([detector.rawValue, text]), as: UTF8.self)
    }
    guard let lines = try ReferenceProgram.lines("detect_ref.py", [], input: input) else { return }
    try #require(lines.count == cases.count)
    var count = 0
    for ((detector, text), line) in zip(cases, lines) {
      let found = Self.hits(detector, Array(text.utf8)).map { [$0.lowerBound, $0.upperBound] }
      let expected = try JSONDecoder().decode([[Int]].self, from: Data(line.utf8))
      #expect(found == expected, "\(detector.rawValue): \(text.debugDescription)")
      count += expected.count
    }
    print("detectors: \(cases.count) texts, \(count) hits, as detect_ref.py says")
  }

  @Test(arguments: Detector.allCases)
  func changedBytesNeverTrapAndHitsAreInOrder(detector: Detector) throws {
    var generator = SplitMix64(seed: 5)
    let pieces = try #require(Self.material[detector])
    for _ in 0..<3_000 {
      var bytes = Array(Self.text(pieces, &generator).utf8)
      for _ in 0..<Int.random(in: 0...4, using: &generator) {
        let index = Int.random(in: bytes.indices, using: &generator)
        bytes[index] = .random(in: 0...255, using: &generator)
      }
      if Bool.random(using: &generator) { bytes.removeLast(min(bytes.count, 3)) }
      var end = 0
      for hit in Self.hits(detector, bytes) {
        #expect(hit.lowerBound >= end && !hit.isEmpty && hit.upperBound <= bytes.count)
        end = hit.upperBound
      }
    }
  }

  /// Long rows of what begins a hit and never ends one.
  @Test(arguments: Detector.allCases)
  func timeIsLinear(detector: Detector) {
    let rows = [
      "1", "1 ", "1.", "1-", "+1", "(1", "@", "a@", "a.", "::", "DE89 ", "born ", "1951-", "17 of ",
      "60.1699,", "$GPGGA,", "é", "N ", "tel ", "17.3.1951 ", "00:",
    ]
    for row in rows {
      let bytes = Array(String(repeating: row, count: 200_000 / row.utf8.count).utf8)
      let start = ContinuousClock.now
      _ = Self.hits(detector, bytes)
      #expect(ContinuousClock.now - start < .seconds(20), "\(detector.rawValue): \(row)")
    }
  }
}
