// Before the tests of a C++ program. In their namespace an operator of the answer is not seen, and a result of a class
// other than the one that was asked for becomes that one.
extern "C" void HARNESS_check(bool);
extern "C" void HARNESS_end();
namespace HARNESS {
template <class Asked, class Result>
decltype(auto) plain(Result&& result) {
    using Own = std::decay_t<Result>;
    if constexpr ((std::is_class_v<Own> || std::is_union_v<Own>) && !std::is_same_v<Own, Asked>)
        return Asked(std::forward<Result>(result));
    else
        return std::forward<Result>(result);
}
struct Nothing {};
bool operator==(Nothing, Nothing);
void tests();
}
int main() {
    HARNESS::tests();
    HARNESS_end();
}
