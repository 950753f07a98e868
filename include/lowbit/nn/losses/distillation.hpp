// lowbit/nn/losses/distillation.hpp – a network learns from the logits of another one.
//
//     pT = softmax(zT / T), pS = softmax(zS / T)               zT: the teacher's logits, constants
//
//     soft_cross_entropy    - sum pT log pS            T = 1: ReActNet's only loss, its teacher is a float network
//     distillation          T^2 KL(pT || pS)           T^2 keeps the gradient's size when T grows
//     apprentice            a H(y, pT) + b H(y, pS) + c H(zT, pS)              T = 1
//
// All are means over the batch. dL/dzS is (pS - pT) / batch for the first, T (pS - pT) / batch for the second.
//
// Apprentice has three schemes. A: teacher and student train together; each steps along its own gradient. B: a trained
// teacher is frozen, and its gradient is ignored. C: as B, but the student begins as a trained float network whose
// precision is then lowered.
//
// a = 0 is the mixture of soft and hard targets of Wu et al. ("BNN on ImageNet").
//
// Sources: Hinton et al., arXiv:1503.02531, section 2; Mishra, Marr, "Apprentice", arXiv:1711.05852, eq. 1 and section
// 5; Liu et al., "ReActNet", arXiv:2003.03488, section 4.3.
#ifndef LOWBIT_NN_LOSSES_DISTILLATION_HPP
#define LOWBIT_NN_LOSSES_DISTILLATION_HPP

#include "lowbit/nn/losses/cross_entropy.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// weight times the mean over the batch of -sum pT log pS, and of +sum pT log pT if `relative`. The gradient is weight
/// / T (pS - pT) / batch.
[[nodiscard]] inline lowbit::nn::loss_and_gradient soft_targets(
    const char* who, const lowbit::nn::float_matrix& teacher,
    const lowbit::nn::float_matrix& student, double temperature, double weight, bool relative) {
  require_same_size(who, teacher, "teacher", student, "student");
  if (!(temperature > 0)) fail("%s: temperature is %g: it must be > 0", who, temperature);
  lowbit::nn::loss_and_gradient result{0, lowbit::nn::float_matrix(student.rows(), student.cols())};
  const double each = weight / static_cast<double>(student.rows());
  for (index_t r = 0; r < student.rows(); ++r) {
    const softmax_row from(teacher, r, temperature), to(student, r, temperature);
    for (std::size_t c = 0; c < to.p.size(); ++c) {
      const auto col = static_cast<index_t>(c);
      const double log_p = static_cast<double>(student(r, col)) / temperature - to.log_sum;
      const double log_t = static_cast<double>(teacher(r, col)) / temperature - from.log_sum;
      if (from.p[c] > 0) result.loss += each * from.p[c] * ((relative ? log_t : 0) - log_p);
      result.gradient(r, col) = static_cast<float>(each / temperature * (to.p[c] - from.p[c]));
    }
  }
  return result;
}

}  // namespace detail::nn

namespace nn {

/// Cross-entropy against the teacher's probabilities. Errors: shapes differ.
[[nodiscard]] inline loss_and_gradient soft_cross_entropy(const float_matrix& teacher,
                                                          const float_matrix& student) {
  return detail::nn::soft_targets("soft_cross_entropy", teacher, student, 1, 1, false);
}

/// T^2 times the divergence of the student's probabilities from the teacher's. Errors: shapes differ; temperature <= 0.
[[nodiscard]] inline loss_and_gradient distillation(const float_matrix& teacher,
                                                    const float_matrix& student,
                                                    double temperature = 4) {
  return detail::nn::soft_targets("distillation", teacher, student, temperature,
                                  temperature * temperature, true);
}

/// The weights of Apprentice's three terms.
struct apprentice_options {
  double teacher = 1;  ///< a
  double student = 1;  ///< b
  double soft = 0.5;   ///< c
};
struct apprentice_loss {
  double loss = 0;
  float_matrix teacher_gradient;  ///< scheme A only
  float_matrix student_gradient;
};

/// Errors: shapes differ; those of softmax_cross_entropy().
template <label_list Labels = std::span<const code_t>>
[[nodiscard]] apprentice_loss apprentice(const float_matrix& teacher, const float_matrix& student,
                                         const Labels& labels, apprentice_options options = {}) {
  const loss_and_gradient of_teacher = softmax_cross_entropy(teacher, labels),
                          of_student = softmax_cross_entropy(student, labels);
  const loss_and_gradient soft =
      detail::nn::soft_targets("apprentice", teacher, student, 1, options.soft, false);
  return {options.teacher * of_teacher.loss + options.student * of_student.loss + soft.loss,
          static_cast<float>(options.teacher) * of_teacher.gradient,
          static_cast<float>(options.student) * of_student.gradient + soft.gradient};
}

}  // namespace nn
LOWBIT_END

#endif
