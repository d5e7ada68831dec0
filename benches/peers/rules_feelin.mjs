// Runs the work of the rules bench in feelin; prints figures as JSON.
import { readFileSync } from 'node:fs';
import { evaluate } from 'feelin';

const work = JSON.parse(readFileSync(process.argv[2], 'utf8'));

// Decisions a second of one core: processor time, the best of many short turns.
function timed(decide, cases, seconds) {
  let best = 0;
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const start = process.cpuUsage();
    for (const one of cases) decide(one);
    const spent = process.cpuUsage(start);
    best = Math.max(best, (cases.length * 1e6) / (spent.user + spent.system));
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
