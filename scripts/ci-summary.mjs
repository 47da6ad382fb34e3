// Adds up the JSON reports of the test runner and prints the one closing line.
import { readdirSync, readFileSync } from "node:fs"

let [passed, failed, skipped] = [0, 0, 0]
for (const name of readdirSync(".reports").filter((each) => each.endsWith(".json"))) {
  const report = JSON.parse(readFileSync(`.reports/${name}`, "utf8"))
  passed += report.numPassedTests
  failed +=
    report.numFailedTests +
    report.testResults.filter(
      (file) => file.status === "failed" && file.assertionResults.length === 0,
    ).length
  skipped += report.numPendingTests + report.numTodoTests
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
