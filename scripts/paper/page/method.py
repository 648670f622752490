"""What is compared and how; why the results differ."""
from .markdown import bullets, paragraph, table, times

PART_ALM = 80330


def method(study):
    text = "## What is compared, and how\n\n"
    text += paragraph("""From the paper: 8 bits on the FPGA; one module at a time (`resources.scope: module`), the FPGA
        empty for each; energy of a device while it works (`energy.scope: active`); PyTorch; 2.5 GB/s; widths 0.5x for
        MobileNetV2 and ShuffleNetV2. `configs/paper/` holds these. Nothing was fitted to the paper's results. What the
        paper leaves open is shown in every combination, which makes the readings:""")
    text += "\n" + table(("choice", "readings", "the paper"), (
        ("FPGA implementation", "`dhm-csd`, `dhm-2021`", "says \"DHM\"; `dhm-2021` are its first "
         "author's vendor-tool results"),
        ("GPU profile", "`eager`, `graph`", "PyTorch; not whether host time is in the GPU's times (`eager`) or "
         "kernel time was taken (`graph`)"),
        ("number formats", "conversion `free`, `charged`", "does not mention converting"),
        ("link", "`pcie_gen2_x4_paper`, `pcie_gen2_x4_measured`", "2.5 GB/s, the line rate, and no host "
         "work for a hand-over; transfers measured on its board give less, and its model charges 15 us of host work for each"),
    ))
    available = study.available
    text += "\n" + paragraph(f"""`dhm-csd` may fill {available['dhm-csd']:,} ALM
        ({100 * available['dhm-csd'] / PART_ALM:.0f} % of the part, since its figures are before place and route),
        `dhm-2021` {available['dhm-2021']:,}. Tables with four columns are for free conversion and the 2.5 GB/s link.
        What hardware would change that the paper does not have is [another
        question](#foldings-hardware-that-fits), with readings of its own.""")
    text += "\n" + paragraph("""Table I gives one figure for a kind of module and Fig. 4 plots averages, so gains here
        are ratios of sums over all modules of the kind; ranges over modules stand beside them. The paper samples the
        sizes of the maps and does not list them; here they are those of the networks.""")
    text += "\nThe paper's figures do not agree with each other. As reductions:\n\n"

    def reduction(gain):
        return f"-{100 * (1 - 1 / gain):.1f} % ({times(gain)})"
    text += table(("", "abstract", "section V-B", "Table I", "compared here"), (
        ("Fire, energy", "-21 to -28 %", "up to -28 %", reduction(1.34), "both; they agree"),
        ("Fire, latency", "same", "\"no significant impact\"", reduction(1.01), "both; they agree"),
        ("bottleneck, energy", "-12 to -30 %", "up to 30 %", reduction(1.55), "both; Table I lies outside the range"),
        ("bottleneck, latency", "-4 to -26 %", "up to 23 %", reduction(1.26),
         "both; the abstract's 26 % would be 1.35x"),
        ("stage, energy", "-25 %", "21 %", reduction(1.39), "abstract and Table I"),
        ("stage, latency", "-21 %", "\"speed-up factor of 25%\"", reduction(1.35),
         "abstract and Table I; section V-B swaps the two"),
    ))
    text += "\n" + paragraph("""Section IV says that the two parts of a grouped convolution are concatenated, but gives
        the FPGA g of the input channels and the matching slices of all N filters: both devices then have N partial
        maps, which must be added. What fits uses the formula (axis `channels`); the concatenated variant (axis
        `filters`) is listed with it.""")
    return text


def differences():
    return "## Why cleave and the paper differ\n\n" + bullets(
        """**Capacity.** The paper says that its tasks fit "for every layer"; with a multiplier for each weight most do
        not, under both implementations. Either the authors' modules were smaller than those of the networks (they
        sampled the maps' sizes; perhaps widths as well), or FPGA figures of layers that fit were scaled to those that
        do not. The paper does not say. Multipliers that take turns would fit (H1).""",
        """**The GPU's time.** PyTorch's host time for an operation is longer than most kernels of these networks.
        Whether it is in the paper's GPU times decides most of the latency figures. The authors' measured times behind
        Fig. 1 contain it. Under `eager` cleave charges it to every operation of the GPU, and once to a run or split of the
        FPGA however many operations it takes over, which favours partitions that move many; hence single modules with
        gains above 100x.""",
        """**Which layers move.** The paper fixes the partition by hand; cleave searches all of them. Fused runs avoid
        the crossings that the paper's MobileNetV2 partition pays for twice in each module.""",
        """**Models.** Times of single kernels were never measured apart (fit to whole networks), FPGA power is the
        vendor tool's estimate at 12.5 % toggle, `dhm-csd` was not placed and routed, and `dhm-2021` is extrapolated for
        nearly every layer here. See [cost models](cost-models.md).""")
