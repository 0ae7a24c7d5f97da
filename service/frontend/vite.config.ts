import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { defineConfig } from "vite";

// Every file of src/pages is one bundle, which the server finds by its name in the manifest.
const pages = join(import.meta.dirname, "src/pages");
const input = Object.fromEntries(
  readdirSync(pages)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => [basename(file, ".ts"), join(pages, file)]),
);

export default defineConfig({
  base: "/static/built/",
  publicDir: false,
  build: {
    outDir: "../muniment_service/static/built",
    emptyOutDir: true,
    assetsDir: ".",
    manifest: "manifest.json",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the Content-Security-Policy allows no data: but in images
    target: "es2022",
    chunkSizeWarningLimit: 1100, // YASGUI, loaded once its page is there
    rolldownOptions: {
      input,
      checks: { eval: false }, // YASGUI brings a JSON for browsers without one, which no policy of ours lets run
    },
  },
});
