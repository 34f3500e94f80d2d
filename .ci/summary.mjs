// Prints `N passed, N failed` from vitest's JSON report, as the last line, and fails when a test
// failed, was skipped, or none ran.
import { readFileSync } from 'node:fs';

const [path, status] = process.argv.slice(2);
let report;
try {
  report = JSON.parse(readFileSync(path, 'utf8'));
} catch (error) {
  console.error(`no report of the tests: ${error.message}`);
  report = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
}
const { numPassedTests: passed, numFailedTests: failed, testResults = [] } = report;
const skipped = report.numPendingTests + report.numTodoTests;
// A file that can't even be loaded has no tests of its own to count.
const broken = testResults.filter(({ status: s, assertionResults }) => {
  return s === 'failed' && !assertionResults.some((result) => result.status === 'failed');
}).length;
if (skipped > 0) console.error(`${skipped} skipped: none may be here`);
if (broken > 0) console.error(`${broken} test files failed to load or to clean up`);
const good = status === '0' && passed > 0 && failed + broken + skipped === 0;
console.log(`${passed} passed, ${failed + broken} failed`);
process.exitCode = good ? 0 : 1;
