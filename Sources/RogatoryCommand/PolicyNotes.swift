import Evidence
import Report

extension PolicyOutcome {
  /// What the person who wrote the policy should know, though it stops nothing.
  var notes: [String] {
    let unused = rules.filter { $0.itemCount == 0 }.map {
      "rule \($0.number) is about no item of this bundle"
    }
    let empty = rules.filter { $0.itemCount > 0 && $0.matchCount == 0 }.map {
      "rule \($0.number) found nothing in \(counted($0.itemCount, "item"))"
    }
    let missing = rules.flatMap(\.problems).compactMap { found -> String? in
      guard case .pointerMissing(let rule, let pointer) = found.problem else { return nil }
      return "rule \(rule): \(safePath(forName: found.item)) has nothing at \(pointer)"
    }
    return unused + empty + missing
  }

  /// Where a rule couldn't be followed at all, so that what it was to withhold would stay.
  var obstacles: [String] {
    rules.flatMap { rule in
      rule.problems.compactMap { found -> String? in
        let name = safePath(forName: found.item)
        switch found.problem {
        case .notATable(let number): return "rule \(number): \(name) isn't a CSV table"
        case .notJSON(let number): return "rule \(number): \(name) isn't well-formed JSON"
        case .structureWithheld(let number):
          return "rule \(number): earlier cuts in \(name) hide where things are"
        case .columnMissing(let number, let column):
          // A pattern may match tables of several shapes; a column that none has is a mistake.
          let everywhere = rule.problems.count { $0.problem == found.problem } == rule.itemCount
          return everywhere ? "rule \(number): \(name) has no column \(column)" : nil
        case .pointerMissing, .nothingFound: return nil
        }
      }
    }
  }
}
