export { exportsFile, placeFile, storeFiles, storePlace } from "./place.js";
export { launchStore, ownExports, startStore, storeOn, storePidFile } from "./start-store.js";
