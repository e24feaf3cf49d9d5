import CanonicalJSON
import RogatoryNode
import Testing

/// What is told of a long act, and how often; the clock is the test's.
struct ProgressFiguresTests {
  @Test func fourTimesASecondAtMost() {
    var figures = ProgressFigures("sealing", total: 1_000_000, at: 0)
    var told = 0
    for step in 1...1000 where figures.advance(by: 1000, at: Double(step) / 100) { told += 1 }
    #expect((36...40).contains(told))
    #expect(figures.percent == 99)
    let isLast = figures.finish(at: 10)
    let isAgain = figures.finish(at: 11)
    let isLater = figures.advance(by: 1, at: 20)
    #expect(isLast && !isAgain && !isLater)
    #expect(figures.percent == 100)
  }

  @Test func aLineForAPerson() {
    var figures = ProgressFigures("sending", total: 3_000_000_000, at: 100)
    _ = figures.advance(by: 1_500_000_000, at: 105)
    #expect(figures.line == "sending  50 %  1.5 GB of 3.0 GB  300 MB/s  0:05 left")
    _ = figures.finish(at: 110)
    #expect(figures.line == "sending  100 %  3.0 GB of 3.0 GB  300 MB/s")
  }

  @Test func whatStandsStillIsSaid() {
    var figures = ProgressFigures("sending", total: 100, at: 0)
    _ = figures.advance(by: 10, at: 1)
    for second in 2...10 { _ = figures.advance(by: 0, at: Double(second)) }
    #expect(figures.rate == 0)
    #expect(figures.secondsLeft == nil)
    #expect(figures.line.hasSuffix("nothing moves"))
    #expect(figures.json["progress"]?["left"] == nil)
  }

  @Test func hoursAndSmallNumbers() {
    var figures = ProgressFigures("sealing", total: 40_000, at: 0)
    _ = figures.advance(by: 10, at: 1)
    #expect(figures.line == "sealing  0 %  10 B of 40 kB  10 B/s  1:06:39 left")
    #expect(figures.json["progress"]?["left"]?.integer == 3999)
    #expect(figures.json["progress"]?["act"]?.string == "sealing")
  }

  @Test func moreThanWasAnnounced() {
    var figures = ProgressFigures("verifying", total: 10, at: 0)
    _ = figures.advance(by: 25, at: 1)
    #expect(figures.done == 10)
    #expect(figures.percent == 99)
    var nothing = ProgressFigures("verifying", total: 0, at: 0)
    #expect(nothing.percent == 0)
    _ = nothing.finish(at: 0)
    #expect(nothing.percent == 100)
  }
}
