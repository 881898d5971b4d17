// Times QuantLib on the options that the benchmarks of package option price,
// one thread, the least of many repeats, and prints lines "name nanoseconds".
#include <ql/quantlib.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <vector>

using namespace QuantLib;

static volatile double sink;

static double least(int repeats, int times, const std::function<double(int)>& work) {
    double best = 1e300;
    for (int r = 0; r < repeats; r++) {
        auto start = std::chrono::steady_clock::now();
        double sum = 0;
        for (int i = 0; i < times; i++) sum += work(i);
        sink = sum;
        std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
        best = std::min(best, took.count() / times);
    }
    return best;
}

int main() {
    const int n = 4096;
    std::vector<double> strike(n), deviation(n);
    for (int i = 0; i < n; i++) {
        strike[i] = 60 + 80.0 * i / n;
        deviation[i] = 0.05 + 0.45 * ((i * 37) % n) / n;
    }
    double forward = 100 * std::exp(0.03), discount = std::exp(-0.05);
    std::printf("black_formula %.1f\n", least(40, n, [&](int i) { return blackFormula(Option::Put, strike[i], forward, deviation[i], discount); }));

    Date today(15, January, 2024);
    Settings::instance().evaluationDate() = today;
    DayCounter counter = Actual365Fixed();
    auto spot = ext::make_shared<SimpleQuote>(100.0);
    auto rate = Handle<YieldTermStructure>(ext::make_shared<FlatForward>(today, 0.05, counter));
    auto yield = Handle<YieldTermStructure>(ext::make_shared<FlatForward>(today, 0.02, counter));
    auto vol = Handle<BlackVolTermStructure>(ext::make_shared<BlackConstantVol>(today, NullCalendar(), 0.2, counter));
    auto process = ext::make_shared<BlackScholesMertonProcess>(Handle<Quote>(spot), yield, rate, vol);
    Date end = today + 365;
    auto price = [&](const ext::shared_ptr<PricingEngine>& engine, bool american, int i) {
        ext::shared_ptr<Exercise> exercise;
        if (american) exercise = ext::make_shared<AmericanExercise>(today, end);
        else exercise = ext::make_shared<EuropeanExercise>(end);
        VanillaOption o(ext::make_shared<PlainVanillaPayoff>(Option::Put, strike[i]), exercise);
        o.setPricingEngine(engine);
        return o.NPV();
    };
    auto analytic = ext::make_shared<AnalyticEuropeanEngine>(process);
    std::printf("european_instrument %.1f\n", least(20, 1024, [&](int i) { return price(analytic, false, i); }));
    auto tree = ext::make_shared<BinomialVanillaEngine<LeisenReimer>>(process, 801);
    std::printf("leisen_reimer_801 %.1f\n", least(3, 8, [&](int i) { return price(tree, true, i * 500); }));
#ifdef HAVE_QDFP
    auto fast = ext::make_shared<QdFpAmericanEngine>(process, QdFpAmericanEngine::fastScheme());
    auto accurate = ext::make_shared<QdFpAmericanEngine>(process, QdFpAmericanEngine::accurateScheme());
    std::printf("qdfp_fast %.1f\n", least(10, 256, [&](int i) { return price(fast, true, i * 16); }));
    std::printf("qdfp_accurate %.1f\n", least(5, 64, [&](int i) { return price(accurate, true, i * 64); }));
#endif
}
