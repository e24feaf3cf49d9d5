/// Knows what the values of a table or JSON document are called: below `birth_date` every date is
/// one of birth, though no cell says so.
struct ValueNames {
  private var isTable: Bool
  private var isHeader = true
  private var column: Int? = 0
  private var columns: [Int: String] = [:]
  private var pointers: PointerTracker?
  private var detectorsByName: [String: [Detector]] = [:]
  private let detectors: [Detector]

  /// Nil where no rule's detector asks for names, or values have none.
  init?(_ rules: [Rule], isTable: Bool, isJSON: Bool, isLines: Bool) {
    guard isTable || isJSON else { return nil }
    detectors = [.dateOfBirth, .gps].filter { detector in
      rules.contains { rule in
        if case .detect(let wanted) = rule.selector { wanted.contains(detector) } else { false }
      }
    }
    guard !detectors.isEmpty else { return nil }
    self.isTable = isTable
    if isJSON { pointers = PointerTracker([], isJSON: true, isLines: isLines) }
  }

  mutating func push(_ bytes: UnsafeRawBufferPointer) { pointers?.push(bytes) }

  /// Ends a leaf; the detectors that its name stands for.
  ///
  /// - Parameter value: what the leaf says; nil where it is too long.
  mutating func endLeaf(_ leaf: UInt64, value: [UInt8]?) -> [Detector] {
    if pointers != nil {
      _ = pointers?.endLeaf()
      return (pointers?.valueName).map { detectors(for: $0) } ?? []
    }
    guard isTable else { return [] }
    guard leaf % 2 == 0 else {
      switch value {
      case [0x2C], [0x3B], [0x09]: column = column.map { $0 + 1 }
      case [0x0A], [0x0D, 0x0A]:
        isHeader = false
        column = 0
      default: isTable = false
      }
      return []
    }
    guard let column else { return [] }
    if isHeader {
      columns[column] = value.map { String(decoding: $0, as: UTF8.self) }
      return []
    }
    return columns[column].map { detectors(for: $0) } ?? []
  }

  mutating func withheld(_ leaves: Range<UInt64>) {
    var ignored = FindResults([])
    pointers?.withheld(leaves, &ignored)
    let isCell = leaves.upperBound - leaves.lowerBound == 1 && leaves.lowerBound % 2 == 0
    if !isCell { column = nil }
  }

  private mutating func detectors(for name: String) -> [Detector] {
    if let known = detectorsByName[name] { return known }
    let found = detectors.filter { $0.isNamed(name) }
    if detectorsByName.count < Self.maximumNameCount { detectorsByName[name] = found }
    return found
  }

  /// More names than documents have; hostile ones are looked at anew each time.
  private static let maximumNameCount = 10_000
}
