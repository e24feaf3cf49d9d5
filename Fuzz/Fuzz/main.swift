// Fuzzes one parser with libFuzzer: everything that reads bytes from outside has a target here.
//
//     Fuzz list                    the names of the targets
//     Fuzz seeds TARGET FOLDER     writes valid inputs to begin with
//     Fuzz run TARGET ARGUMENT…    libFuzzer with its own arguments; a file repeats a crash
//
// A target's inputs must be refused with an error or taken, and what is taken must be written
// again as it was. Anything else ends the program. Scripts/fuzz.sh runs them all.

import CLibFuzzer
import Foundation

func chosenTarget(_ name: String) -> Target {
  let named = targets.filter { $0.name == name }
  guard let target = named.first, named.count == 1 else {
    fatalError("\(named.count) targets are called \(name)")
  }
  return target
}

func writeSeeds(of target: Target, to folder: String) throws {
  for (number, seed) in try target.seeds().enumerated() where seed.count <= target.longest {
    try Data(seed).write(to: URL(fileURLWithPath: "\(folder)/seed-\(number)"))
  }
}

func run(_ target: Target, _ arguments: [String]) -> CInt {
  chosen = target
  var texts = [CommandLine.arguments[0], "-max_len=\(target.longest)"] + arguments
  // libFuzzer keeps the pointers; they live as long as the program.
  var pointers = texts.map { strdup($0) } + [nil]
  texts = []
  return pointers.withUnsafeMutableBufferPointer { list in
    var count = CInt(list.count - 1)
    var first = list.baseAddress
    return LLVMFuzzerRunDriver(&count, &first) { bytes, count in
      chosen.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
      return 0
    }
  }
}

let arguments = CommandLine.arguments
switch (arguments.dropFirst().first, arguments.count) {
case ("list", 2): for target in targets { print(target.name) }
case ("seeds", 4): try writeSeeds(of: chosenTarget(arguments[2]), to: arguments[3])
case ("run", 3...): exit(run(chosenTarget(arguments[2]), Array(arguments.dropFirst(3))))
default: fatalError("usage: Fuzz list | seeds TARGET FOLDER | run TARGET ARGUMENT…")
}
