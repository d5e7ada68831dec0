// Builds what the portals serve: one style sheet, one small script, htmx, and the map and chart
// islands that load only where a page has one. Names carry a hash of their content, so that they
// may be cached for ever; manifest.json tells the program which is which.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { dirname, extname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import esbuild from "esbuild";
import * as sass from "sass";

const kit = dirname(fileURLToPath(import.meta.url));
const root = resolve(kit, "../../../..");
const modules = join(root, "node_modules");
const out = join(kit, "static");
const icons = join(modules, "@tabler/icons/icons");

function componentFolders() {
  return readdirSync(join(kit, "components"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

function styleSheet() {
  const parts = componentFolders().filter((name) => existsSync(join(kit, "components", name, "style.scss")));
  const entry = [
    '@use "kit";',
    ...parts.map((name) => `@use "components/${name}/style" as ${name.replaceAll("_", "-")};`),
    '@use "layout"; @use "admin"; @use "print"; @use "forced";',
  ].join("\n");
  const made = sass.compileString(entry, {
    url: new URL(`file://${kit}/entry.scss`),
    loadPaths: [kit, join(kit, "styles"), modules],
    style: "compressed",
    // Bootstrap 5.3 is written with the older module syntax; it is pinned and compiles as it is.
    silenceDeprecations: ["import", "global-builtin", "color-functions", "if-function"],
    quietDeps: true,
  });
  return made.css;
}

async function bundle(entry, options = {}) {
  const made = await esbuild.build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: "esm",
    target: ["es2021"],
    write: false,
    legalComments: "none",
    nodePaths: [modules],
    outdir: out,
    ...options,
  });
  return new Map(made.outputFiles.map((file) => [extname(file.path), file.contents]));
}

async function kitScript() {
  const parts = componentFolders().filter((name) => existsSync(join(kit, "components", name, "script.js")));
  const imports = parts.map((name) => `import "./components/${name}/script.js";`);
  const contents = [...imports, 'import "./scripts/start.js";'].join("\n");
  const made = await esbuild.build({
    stdin: { contents, resolveDir: kit, sourcefile: "kit.js" },
    bundle: true,
    minify: true,
    format: "esm",
    target: ["es2021"],
    write: false,
    legalComments: "none",
  });
  return made.outputFiles[0].contents;
}

function iconNames() {
  const listed = readFileSync(join(kit, "icons.txt"), "utf8");
  const names = new Set(listed.replace(/#.*/g, "").split(/\s+/).filter(Boolean));
  const packs = join(root, "packs");
  const declared = /^\s*icon:\s*"?([a-z0-9-]+)"?\s*$/gm;
  for (const file of existsSync(packs) ? readdirSync(packs, { recursive: true }) : []) {
    if (!file.endsWith(".yaml")) continue;
    const text = readFileSync(join(packs, file), "utf8");
    for (const [, name] of text.matchAll(declared)) names.add(name);
  }
  return [...names].sort();
}

function iconStrokes() {
  const strokes = {};
  const unknown = [];
  for (const name of iconNames()) {
    const [folder, file] = name.endsWith("-filled") ? ["filled", name.slice(0, -7)] : ["outline", name];
    const path = join(icons, folder, `${file}.svg`);
    if (!existsSync(path)) {
      unknown.push(name);
      continue;
    }
    const inside = readFileSync(path, "utf8").replace(/<!--[\s\S]*?-->/g, "").replace(/^[\s\S]*?<svg[^>]*>|<\/svg>\s*$/g, "");
    strokes[name] = inside.replace(/<path stroke="none"[^>]*\/>/, "").replace(/\s*\n\s*/g, "").trim();
  }
  if (unknown.length) throw new Error(`Tabler has no icon called ${unknown.join(", ")}`);
  return strokes;
}

function write(files) {
  mkdirSync(out, { recursive: true });
  const manifest = {};
  for (const [name, contents] of Object.entries(files)) {
    const hash = createHash("sha256").update(contents).digest("hex").slice(0, 10);
    const dot = name.lastIndexOf(".");
    manifest[name] = `${name.slice(0, dot)}.${hash}${name.slice(dot)}`;
    writeFileSync(join(out, manifest[name]), contents);
  }
  const kept = new Set([...Object.values(manifest), "manifest.json", "icons.json"]);
  for (const old of readdirSync(out)) if (!kept.has(old)) rmSync(join(out, old), { recursive: true });
  return manifest;
}

async function build() {
  const began = Date.now();
  const [script, map, chart] = await Promise.all([
    kitScript(),
    bundle(join(kit, "scripts/map/main.js")),
    bundle(join(kit, "scripts/chart/main.js")),
  ]);
  const files = {
    "kit.css": styleSheet(),
    "kit.js": script,
    "first.js": (await bundle(join(kit, "scripts/first.js"), { format: "iife" })).get(".js"),
    "htmx.js": readFileSync(join(modules, "htmx.org/dist/htmx.min.js")),
    "map.js": map.get(".js"),
    "map.css": readFileSync(join(modules, "maplibre-gl/dist/maplibre-gl.css")),
    // The worker is a file of our own address: no blob, so worker-src 'self' suffices.
    "map-worker.js": (await bundle(join(modules, "maplibre-gl/dist/maplibre-gl-worker.mjs"))).get(".js"),
    "chart.js": chart.get(".js"),
    "tasks-worker.js": (await bundle(join(kit, "scripts/tasks-worker.js"), { format: "iife" })).get(".js"),
    "mark.svg": readFileSync(join(kit, "mark.svg")),
  };
  const manifest = write(files);
  writeFileSync(join(out, "icons.json"), JSON.stringify(iconStrokes()));
  writeFileSync(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);
  for (const [name, contents] of Object.entries(files)) {
    const packed = (gzipSync(contents).length / 1000).toFixed(1);
    console.log(`${name.padEnd(14)} ${packed.padStart(7)} kB compressed`);
  }
  console.log(`${relative(root, out)}: built in ${Date.now() - began} ms`);
}

await build();
if (process.argv.includes("--watch")) {
  let waiting;
  watch(kit, { recursive: true }, (_, file) => {
    if (!file || file.startsWith("static") || !/\.(scss|js|txt|svg)$/.test(file)) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => build().catch((fault) => console.error(fault.message)), 150);
  });
}
