import Dispatch

/// The results of `body` for each index, in order, computed by as many threads as there are processors.
///
/// - Throws: what `body` threw for the lowest index that it threw for.
func mapOnAllProcessors<Value, Failure: Error>(
  _ indices: Range<Int>, _ body: (Int) throws(Failure) -> Value
) throws(Failure) -> [Value] {
  let results = UnsafeMutableBufferPointer<Result<Value, Failure>?>.allocate(
    capacity: indices.count)
  results.initialize(repeating: nil)
  defer {
    results.deinitialize()
    results.deallocate()
  }
  withoutActuallyEscaping(body) { body in
    let work = IndexedWork(body: body, results: results)
    let start = indices.lowerBound
    DispatchQueue.concurrentPerform(iterations: indices.count) { offset in
      work.run(start + offset, at: offset)
    }
  }
  var values: [Value] = []
  values.reserveCapacity(indices.count)
  for result in results {
    if let result { values.append(try result.get()) }
  }
  return values
}

/// Unchecked, since the compiler can't see that each index has a result of its own, and that what the
/// body shares is only read.
private struct IndexedWork<Value, Failure: Error>: @unchecked Sendable {
  let body: (Int) throws(Failure) -> Value
  let results: UnsafeMutableBufferPointer<Result<Value, Failure>?>

  func run(_ index: Int, at place: Int) {
    do throws(Failure) {
      results[place] = .success(try body(index))
    } catch {
      results[place] = .failure(error)
    }
  }
}
