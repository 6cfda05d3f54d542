// @ts-check
/** One Leaflet for everybody: the global that django-leaflet loads, under its package name. */
export default globalThis.L;
