/** Jest reporter: ends the output with the true totals alone on a line. */
module.exports = class TotalsReporter {
  onRunComplete(_contexts, results) {
    const failedToRun = results.testResults.filter((file) => file.testExecError).length;
    const failed = results.numFailedTests + failedToRun;
    const skipped = results.numPendingTests + results.numTodoTests;
    process.stdout.write(
      `\n${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`,
    );
  }
};
