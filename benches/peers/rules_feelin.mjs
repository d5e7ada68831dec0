// Runs the work of the rules bench in feelin; prints figures as JSON.
import { readFileSync } from 'node:fs';
import { evaluate } from 'feelin';

const work = JSON.parse(readFileSync(process.argv[2], 'utf8'));

function timed(decide, cases, seconds) {
  let best = 0;
  for (let turn = 0; turn < 3; turn++) {
    let done = 0;
    const start = performance.now();
    while (performance.now() - start < seconds * 1000) {
      for (const one of cases.slice(0, 20)) decide(one);
      done += 20;
    }
    best = Math.max(best, (done * 1000) / (performance.now() - start));
  }
  return best;
}

function table(one) {
  for (const row of work.table) {
    if (evaluate(row.feel, one).value === true) return row.output;
  }
  return null;
}

function graph(one) {
  const context = { ...one };
  let value = null;
  work.graph.forEach((text, at) => {
    value = evaluate(text, context).value;
    context[`d${at + 1}`] = value;
  });
  return value;
}

const figures = [['table', table], ['graph', graph]].map(([name, decide]) => ({
  peer: 'feelin',
  work: name,
  rate: timed(decide, work.cases, work.seconds),
  answers: work.cases.map(decide),
}));
console.log(JSON.stringify(figures));
