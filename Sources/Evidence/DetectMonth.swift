/// Names of months in the languages of our cases: English, Portuguese, Finnish, French, German,
/// Spanish, as ``FoldedWord`` has them.
enum MonthNames {
  /// The month of a name or an abbreviation, from 1.
  static func month(_ word: [UInt8]) -> Int? {
    if let month = months[word] { return month }
    // Finnish bends its months: maaliskuu, maaliskuuta, maaliskuun.
    guard word.count > 5, let kuu = word.firstRange(of: Array("kuu".utf8)) else { return nil }
    return finnish.firstIndex { Array($0.utf8) == Array(word[..<kuu.lowerBound]) }.map { $0 + 1 }
  }

  /// What may stand between a day and its month, or a month and its year.
  static let links = words("de of den del do d des")
  /// What is written behind a day's number.
  static let ordinals = words("st nd rd th er ere e o ter")

  private static let finnish = [
    "tammi", "helmi", "maalis", "huhti", "touko", "kesa", "heina", "elo", "syys", "loka", "marras",
    "joulu",
  ]

  private static let months: [[UInt8]: Int] = {
    let names = [
      "january jan janeiro janvier janv januar janner enero ene",
      "february feb fevereiro fev fevrier fevr februar feber febrero",
      "march mar marco mars marz maerz mrz marzo",
      "april apr abril abr avril avr",
      "may maio mai mayo",
      "june jun junho juin juni junio",
      "july jul julho juillet juil juli julio",
      "august aug agosto ago aout",
      "september sep sept setembro set septembre septiembre setiembre",
      "october oct outubro out octobre oktober okt octubre",
      "november nov novembro novembre noviembre",
      "december dec dezembro dez decembre dezember diciembre dic",
    ]
    var months: [[UInt8]: Int] = [:]
    for (index, line) in names.enumerated() {
      for word in words(line) { months[word] = index + 1 }
    }
    return months
  }()

  private static func words(_ text: String) -> Set<[UInt8]> {
    Set(text.split(separator: " ").map { Array($0.utf8) })
  }
}
