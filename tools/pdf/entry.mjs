export { zipSync } from "fflate";
export { jsPDF } from "jspdf";
import "svg2pdf.js";
