import CAdES
import Foundation
import Report
import Testing

/// Each language says everything that the others say, and none claims more than a report may.
struct ReportLanguageTests {
  /// Statements for courts of the United States and the United Kingdom are made in English.
  private static func isEnglishAlone(_ key: String) -> Bool {
    key.hasPrefix("draft.us.") || key.hasPrefix("draft.uk.")
  }

  @Test(arguments: ReportLanguage.allCases) func noKeyIsMissing(_ language: ReportLanguage) {
    let wanted = Set(ReportLanguage.english.phrases.keys)
      .filter { language == .english || !Self.isEnglishAlone($0) }
    let found = Set(language.phrases.keys)
    #expect(wanted.subtracting(found) == [])
    #expect(found.subtracting(wanted) == [])
  }

  @Test(arguments: ReportLanguage.allCases) func noKeyStandsTwice(_ language: ReportLanguage) {
    #expect(language.table.split(separator: "\n").count == language.phrases.count)
  }

  @Test func everySentenceThatAReportNamesIsThere() {
    let missing = Phrase.allCases.filter { ReportLanguage.english.phrases[$0.rawValue] == nil }
    #expect(missing == [])
    let reasons = SubIndication.allCases.filter {
      ReportLanguage.english.phrases["sub.\($0.rawValue)"] == nil
    }
    #expect(reasons == [])
  }

  @Test(arguments: ReportLanguage.allCases)
  func eachSentenceHasThePlacesOfTheEnglishOne(_ language: ReportLanguage) {
    for (key, sentence) in language.phrases {
      let places = sentence.matches(of: /%[0-9]|\{[a-z0-9]+\}/).map { String($0.output) }
      let english = (ReportLanguage.english.phrases[key] ?? "")
        .matches(of: /%[0-9]|\{[a-z0-9]+\}/).map { String($0.output) }
      #expect(places.sorted() == english.sorted(), "\(key)")
    }
  }

  /// Words for what only a law, an accredited service or a court can say.
  @Test(arguments: ReportLanguage.allCases)
  func noSentenceClaimsMoreThanAReportMay(_ language: ReportLanguage) throws {
    let claims = [
      "qualified", "certified", "certify", "admissib", "qualifié", "certifié", "recevab",
      "qualifizier", "zertifizier", "zulässig",
    ]
    for (key, sentence) in language.phrases {
      for claim in claims {
        #expect(sentence.range(of: claim, options: .caseInsensitive) == nil, "\(key): \(claim)")
      }
    }
  }
}
