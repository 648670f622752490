"""Memories of folded layers: M20K blocks, or MLABs where they are small."""
from .numbers import ceil_div

SHAPES = ((40, 512), (20, 1024), (10, 2048), (5, 4096), (2, 8192), (1, 16384))
MLAB_WORDS, MLAB_BITS, MLAB_ALM = 32, 20, 10


class Memory:
    def __init__(self, streaming):
        self.block_bits = int(streaming["m20k_word_bits"]) * int(streaming["m20k_words"])

    def _in_m20k(self, words, bits):
        """(blocks, words of a block): of equally many the deepest of 5 to 40 bits."""
        return min(((ceil_div(bits, wide) * ceil_div(words, deep), -deep) for wide, deep in SHAPES))

    def _in_logic(self, words, bits):
        blocks, _ = self._in_m20k(words, bits)
        return words <= MLAB_WORDS or words * bits * 20 < self.block_bits * blocks

    def blocks(self, words, bits):
        """(ALM, M20K)."""
        if self._in_logic(words, bits):
            return MLAB_ALM * ceil_div(bits * ceil_div(words, MLAB_WORDS), MLAB_BITS), 0
        return 0, self._in_m20k(words, bits)[0]

    def selected(self, words, bits):
        """Bits that are chosen among rows of blocks."""
        if self._in_logic(words, bits):
            deep = MLAB_WORDS
        else:
            least = min(ceil_div(bits, wide) * ceil_div(words, deep) for wide, deep in SHAPES if wide >= 5)
            deep = max(deep for wide, deep in SHAPES
                       if wide >= 5 and ceil_div(bits, wide) * ceil_div(words, deep) == least)
        return bits * (ceil_div(words, deep) - 1)

    def fifo(self, words, bits):
        """(ALM, DSP, M20K)."""
        alm, blocks = self.blocks(words, bits)
        return alm, 0, blocks
