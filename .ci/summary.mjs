// Prints `N passed, N failed` from vitest's JSON report and that of the faults, as the last line,
// and fails when a test failed, was skipped, or none ran.
import { readFileSync } from 'node:fs';

const [path, faultsPath, status] = process.argv.slice(2);
function read(file, what, otherwise) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    console.error(`no report of the ${what}: ${error.message}`);
    return otherwise;
  }
}
const NONE = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
const report = read(path, 'tests', NONE);
const { numPassedTests: passed, numFailedTests: failed, testResults = [] } = report;
// A kill that never fired is a failure as well; a group that could not be made has no case.
const groups = read(faultsPath, 'faults', [{ cases: 0, failures: ['none ran'] }]);
const faultsFailed = groups.reduce((sum, { failures }) => sum + failures.length, 0);
const faultsPassed = groups.reduce(
  (sum, { cases, failures }) => sum + Math.max(0, cases - failures.length),
  0,
);
const skipped = report.numPendingTests + report.numTodoTests;
// A file that can't even be loaded has no tests of its own to count.
const broken = testResults.filter(({ status: s, assertionResults }) => {
  return s === 'failed' && !assertionResults.some((result) => result.status === 'failed');
}).length;
if (skipped > 0) console.error(`${skipped} skipped: none may be here`);
if (broken > 0) console.error(`${broken} test files failed to load or to clean up`);
const allFailed = failed + broken + faultsFailed;
const good = status === '0' && passed > 0 && faultsPassed > 0 && allFailed + skipped === 0;
console.log(`of these, faults: ${faultsPassed} passed, ${faultsFailed} failed`);
console.log(`${passed + faultsPassed} passed, ${allFailed} failed`);
process.exitCode = good ? 0 : 1;
