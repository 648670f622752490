// A program outside the source tree: the installed headers compile and the installed library links.
#include "cleave/units/exact.hpp"
#include "cleave/units/quantity.hpp"

#include <iostream>

int main() {
    const cleave::Watts power = cleave::Joules(6.0) / cleave::Seconds(2.0);
    const bool right = power.value() == 3.0 && cleave::round_exact(power) == cleave::Milliwatts(3000);
    std::cout << (right ? "consumer: ok\n" : "consumer: wrong result\n");
    return right ? 0 : 1;
}
